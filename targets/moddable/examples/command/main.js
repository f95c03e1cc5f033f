// Command and response: obeys midge/<id>/led (on, off) and answers each command on midge/<id>/state.
import TCP from 'embedded:io/socket/tcp';
import UDP from 'embedded:io/socket/udp';
import Resolver from 'embedded:network/dns/resolver/udp';
import config from 'mc/config';
import Midge from 'midge/midge';

const id = config.id ?? 'lamp-1';
let isOn = false;

const client = new Midge({
	host: config.broker,
	port: Number(config.port ?? 1883),
	id,
	clean: false,
	keepAlive: 30_000,
	will: { topic: `midge/${id}/state`, message: 'lost', QoS: 1, retain: true },
	dns: { io: Resolver, servers: ['1.1.1.1'], socket: { io: UDP } },
	socket: { io: TCP },
	onConnected(sessionPresent) {
		trace(sessionPresent ? 'connected again\n' : 'connected\n');
		this.publish(`midge/${id}/state`, isOn ? 'on' : 'off', { QoS: 1, retain: true, latest: true });
	},
	onMessage(message) {
		const text = message.text;
		if (text === 'on' || text === 'off') isOn = text === 'on';
		this.publish(`midge/${id}/state`, text === 'on' || text === 'off' ? text : `unknown: ${text}`, { QoS: 1, retain: true });
	},
	onDisconnected(words) {
		trace(`no connection: ${words}\n`);
	},
});

client.subscribe(`midge/${id}/led`, 1);
client.connect();
