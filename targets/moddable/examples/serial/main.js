// A board without network, behind `midge gateway`: the same program on a UART. The gateway has the broker's address and its credentials.
import Serial from 'embedded:io/serial';
import config from 'mc/config';
import Midge from 'midge/midge';
import { SerialTransport } from 'midge/serial';
import Timer from 'timer';

const id = config.id ?? 'uart-1';

const client = new Midge({
	id,
	keepAlive: 30_000,
	transport: new SerialTransport({
		io: Serial,
		baud: Number(config.baud ?? 115200),
		...config.device ? { device: config.device } : { port: Number(config.uart ?? 1), transmit: Number(config.transmit ?? 17), receive: Number(config.receive ?? 16) },
	}),
	onConnected() {
		trace('connected\n');
	},
	onMessage(message) {
		trace(`${message.topic}: ${message.text}\n`);
	},
	onDisconnected(words) {
		trace(`no connection: ${words}\n`);
	},
});

client.subscribe(`midge/${id}/in`, 1);
client.connect();

let count = 0;
Timer.repeat(() => {
	count += 1;
	client.publish(`midge/${id}/count`, String(count), { latest: true });
}, 5000);
