// Where the image goes. This one keeps a sum only, so that the example runs on every platform: on a board, open the OTA partition in
// createStore, write to it, and set the next boot in finish.
export default function createStore() {
	let sum = 0;
	return {
		write(_offset, bytes) {
			for (let at = 0; at < bytes.length; at++) sum = (sum + bytes[at]) & 0xffff;
		},
		finish() {
			return sum;
		},
	};
}
