// A firmware image, larger than memory: it comes in parts, each of which goes to flash before the next is taken from the network.
import TCP from 'embedded:io/socket/tcp';
import UDP from 'embedded:io/socket/udp';
import Resolver from 'embedded:network/dns/resolver/udp';
import config from 'mc/config';
import Midge from 'midge/midge';
import createStore from 'firmware/store';

const id = config.id ?? 'board-1';
let store;

const client = new Midge({
	host: config.broker,
	port: Number(config.port ?? 1883),
	id,
	clean: false,
	keepAlive: 30_000,
	receiveBytes: 1024,
	dns: { io: Resolver, servers: ['1.1.1.1'], socket: { io: UDP } },
	socket: { io: TCP },
	onMessage(message) {
		const { offset, total, length } = message;
		// A link that was lost begins the image anew: it is acknowledged at its last byte and not before.
		if (offset === 0) store = createStore(total);
		store.write(offset, message.view);
		if (offset + length < total) return;
		const sum = store.finish();
		trace(`${total} bytes, sum ${sum}\n`);
		this.publish(`midge/${id}/firmware/state`, `${total} ${sum}`, { QoS: 1 });
	},
	onDisconnected(words) {
		trace(`no connection: ${words}\n`);
	},
});

client.subscribe(`midge/${id}/firmware`, 1);
client.connect();
