/** `embedded:io/socket/udp`: named by the configuration of a resolver, and used by none of these stubs. */
export default class UDP {
  write(): void {
    throw new Error('no UDP here');
  }
}
