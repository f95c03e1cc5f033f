// A sensor that sleeps: connect, publish the reading, wait until the broker has acknowledged it, sleep until the next one is due.
// Wi-Fi is up before main runs: mcconfig -m -d -p esp32 ssid=... password=...
import TCP from 'embedded:io/socket/tcp';
import UDP from 'embedded:io/socket/udp';
import Resolver from 'embedded:network/dns/resolver/udp';
import config from 'mc/config';
import Midge from 'midge/midge';
import Timer from 'timer';
import sleep from 'sensor/sleep';

const everyMs = Number(config.everyMs ?? 60_000);

function reading() {
	return (20 + Math.random() * 5).toFixed(1);
}

const client = new Midge({
	host: config.broker,
	port: Number(config.port ?? 1883),
	id: config.id ?? 'sensor-1',
	// The session stays while the sensor sleeps: what was not acknowledged counts as not sent, and is sent again.
	clean: false,
	keepAlive: 30_000,
	dns: { io: Resolver, servers: ['1.1.1.1'], socket: { io: UDP } },
	socket: { io: TCP },
	onPublished() {
		trace('published\n');
		// Readings that waited with this one are sent too.
		if (this.pending === 0) this.disconnect();
	},
	onDisconnected(words) {
		trace(`no connection: ${words}\n`);
	},
	onClosed() {
		Timer.clear(patience);
		sleep(everyMs, measure);
	},
});

let patience;

function measure() {
	// A broker that cannot be reached must not empty the battery.
	patience = Timer.set(() => client.disconnect(), Number(config.patienceMs ?? 20_000));
	client.connect();
	try {
		// A reading that was never sent gives way to the next; one that was sent waits for its acknowledgement.
		client.publish(`midge/${config.id ?? 'sensor-1'}/temperature`, reading(), { QoS: 1, latest: true });
	} catch (error) {
		// Full of those that were sent: they are first.
		trace(`${error.message}\n`);
	}
}

measure();
