/** `midge ports`: the serial ports of this machine, for people and with --json for programs. Must not know how they are found. */
import type { Command } from 'commander';
import { addCommand } from './command.js';

export function addPorts(program: Command): void {
  addCommand(program, 'ports', 'list the serial ports of this machine', '[--json]', `Names under /dev/serial/by-id stay with the adapter, whatever socket it is in; they go with by-id in gateway.toml.

Examples:
  midge ports
  midge ports --json`)
    .option('--json', 'print a JSON array')
    .action((values: { json?: true }) => list(values.json === true));
}

async function list(isJson: boolean): Promise<void> {
  const { listPorts } = await import('../gateway/serial/list.js');
  const { ports, missing } = await listPorts();
  if (missing !== null) process.stderr.write(`midge ports: ${missing}; manufacturers and models are left out\n`);
  if (isJson) {
    process.stdout.write(`${JSON.stringify(ports, null, 2)}\n`);
    return;
  }
  if (ports.length === 0) {
    process.stdout.write('there is no serial port; is the board plugged in?\n');
    return;
  }
  for (const { path, byId, manufacturer, model, serialNumber, usbId } of ports) {
    const known = [manufacturer, model, serialNumber === null ? null : `serial number ${serialNumber}`, usbId === null ? null : `USB ${usbId}`];
    process.stdout.write(`${path}  ${known.filter((one) => one !== null).join(', ')}`.trimEnd() + '\n');
    if (byId !== null) process.stdout.write(`    by-id = "${byId}"\n`);
  }
}
