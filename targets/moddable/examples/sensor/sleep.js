// How the sensor sleeps. This way runs everywhere and saves what the chip saves while it idles. For deep sleep, put the board's own call here:
// with the SDK's `sleep` module for nRF52, `Sleep.wakeOnTimer(ms); Sleep.deep();`. The program then begins anew, and `then` is not called.
import Timer from 'timer';

export default function sleep(ms, then) {
	trace(`sleep ${ms} ms\n`);
	Timer.set(then, ms);
}
