/*
 * The one connection of a firmware: a TCP connection to a server, or a serial port to a gateway. Nothing here waits, and nothing allocates. On a board
 * this file is what its network stack or its UART has instead. Must not know JavaScript engines, nor MQTT.
 */
#ifndef MIDGE_EMBED_LINE_H
#define MIDGE_EMBED_LINE_H

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* As HostLink in host.ts. */
enum { LINE_CLOSED, LINE_OPENING, LINE_OPEN };

static struct {
  int fd; /* -1: none */
  int state;
  int is_serial;
  int is_full; /* the last write took less than it was given: wait for room too */
} line = { -1, LINE_CLOSED, 0, 0 };

static void line_close(void) {
  if (line.is_serial) return; /* a serial port is there for good */
  if (line.fd >= 0) close(line.fd);
  line.fd = -1;
  line.state = LINE_CLOSED;
  line.is_full = 0;
}

/* Begins to connect. A board would ask its network stack for the name and hear of it later; here it is looked up at once. */
static void line_connect(const char *host, int port) {
  struct addrinfo hints, *found = NULL;
  char service[12];
  int yes = 1;
  line_close();
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_INET; /* one address family is tried: that of most small networks */
  hints.ai_socktype = SOCK_STREAM;
  snprintf(service, sizeof service, "%d", port);
  if (getaddrinfo(host, service, &hints, &found) != 0) return; /* stays closed: the client tries again */
  line.fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
  if (line.fd >= 0) {
    fcntl(line.fd, F_SETFL, O_NONBLOCK);
    setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    line.state = LINE_OPENING;
    if (connect(line.fd, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) line_close();
  }
  freeaddrinfo(found);
}

static int line_state(void) {
  if (line.state == LINE_OPENING) {
    struct pollfd ready = { line.fd, POLLOUT, 0 };
    int fault = 0;
    socklen_t size = sizeof fault;
    if (poll(&ready, 1, 0) > 0) {
      if (getsockopt(line.fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault != 0) line_close();
      else line.state = LINE_OPEN;
    }
  }
  return line.state;
}

static int line_must_wait(void) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Returns how many bytes were there. The end is told by the state, and only when all that the peer sent has been read. */
static int line_read(unsigned char *bytes, size_t room) {
  ssize_t count;
  if (line.state != LINE_OPEN || room == 0) return 0;
  count = read(line.fd, bytes, room);
  if (count == 0 || (count < 0 && !line_must_wait())) line_close();
  return count > 0 ? (int)count : 0;
}

/*
 * Returns how many bytes were taken. Where the peer is gone they go nowhere: what it sent before is still there to be read, and so reading is what finds
 * the end.
 */
static int line_write(const unsigned char *bytes, size_t length) {
  ssize_t count;
  if (line.state != LINE_OPEN || length == 0) return 0;
  count = write(line.fd, bytes, length);
  if (count < 0 && !line_must_wait() && !line.is_serial) {
    shutdown(line.fd, SHUT_WR); /* nothing may follow behind what was lost */
    return (int)length;
  }
  line.is_full = count < (ssize_t)length;
  return count > 0 ? (int)count : 0;
}

/* Sleeps until bytes come, there is room again for bytes, `other` can be read (-1: nothing), or `wait` milliseconds are over. */
static void line_wait(int wait, int other) {
  struct pollfd fds[2];
  nfds_t count = 0;
  if (line.fd >= 0) {
    fds[count].fd = line.fd;
    fds[count].events = POLLIN;
    if (line.state == LINE_OPENING || line.is_full) fds[count].events |= POLLOUT;
    count++;
  }
  if (other >= 0) {
    fds[count].fd = other;
    fds[count].events = POLLIN;
    count++;
  }
  poll(fds, count, wait);
  /* A serial port whose other end is gone would be ready at once, for ever. */
  if (line.is_serial && (fds[0].revents & (POLLHUP | POLLERR)) != 0) poll(NULL, 0, wait < 50 ? wait : 50);
}

/* Opens a serial port for good: 8 data bits, no parity, no echo, no flow control, bytes as they come. False after a message. */
static int line_open_serial(const char *path, long baud) {
  static const struct { long baud; speed_t speed; } speeds[] = {
    { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 },
  };
  const size_t speed_count = sizeof speeds / sizeof speeds[0];
  struct termios mode;
  size_t i = 0;
  line.fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (line.fd < 0) {
    fprintf(stderr, "cannot open %s: %s\n", path, strerror(errno));
    return 0;
  }
  while (i < speed_count && speeds[i].baud != baud) i++;
  if (i == speed_count || tcgetattr(line.fd, &mode) != 0) {
    fprintf(stderr, "%s cannot be set to %ld baud; serial ports can, to the usual rates from 9600 to 921600\n", path, baud);
    return 0;
  }
  cfmakeraw(&mode);
  cfsetspeed(&mode, speeds[i].speed);
  tcsetattr(line.fd, TCSANOW, &mode);
  line.state = LINE_OPEN;
  line.is_serial = 1;
  return 1;
}

#endif
