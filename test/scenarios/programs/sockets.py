r"""Sockets on command: `python3 sockets.py NAME`. It takes that name as its process name. Commands come by standard input,
one a line, and each is answered by a line; it ends with its standard input. Connections are those that it has accepted or
opened, in this order, and most commands are for all of them.

  listen HOST PORT BACKLOG     a listening socket
  accept N                     accepts N connections at the newest listener
  serve                        from now on, accepts at the newest listener all that come, and closes each at its end
  open N HOST PORT             opens N connections
  begin N HOST PORT            begins to open N, and waits for none
  arrive                       waits until those are open
  short N HOST PORT            opens and closes N, one after the other, being the first to close
  knock HOST PORT              opens one and closes it, or is refused
  await BYTES                  waits until so much has come on each connection, and reads it
  bind N HOST                  N sockets with a port of the kernel's choice, and no connection
  files N                      opens N files
  hoard                        opens files until it is refused one more
  forget                       closes those, and what is bound
  buffers RECEIVE SEND         of the sockets that are made from now on, in bytes; 0: the kernel's
  keepalive IDLE INTERVAL N    of the connections
  patience MILLISECONDS        of the connections, with data that is not acknowledged (TCP_USER_TIMEOUT)
  endure                       waits until the kernel has given up each connection, and closes it
  scatter N HOST               a datagram to each of N pairs of ports
  send BYTES                   on each connection, as far as the buffers take it
  say TEXT                     on each connection; \r and \n are what they are in Python
  read BYTES                   at most, from each connection, of what is there
  drain                        reads each connection to its end
  shutdown, close, reset       ends its side of each; closes each; closes each with SO_LINGER 0
  stop                         closes the newest listener
"""
import errno
import os
import select
import socket
import struct
import sys
import threading

listeners, connections, others = [], [], []
buffers = {socket.SO_RCVBUF: 0, socket.SO_SNDBUF: 0}


def new(host):
    made = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    for option, size in buffers.items():
        if size:
            made.setsockopt(socket.SOL_SOCKET, option, size)
    return made


def listen(host, port, backlog):
    made = new(host)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, int(port)))
    made.listen(int(backlog))
    listeners.append(made)


def accept(times):
    for _ in range(int(times)):
        connections.append(listeners[-1].accept()[0])


def serve():
    def each(connection):
        with connection:
            try:
                while connection.recv(65536):
                    pass
            except OSError:
                pass

    def forever(listener):
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=each, args=[connection], daemon=True).start()

    threading.Thread(target=forever, args=[listeners[-1]], daemon=True).start()


def connected(host, port):
    made = new(host)
    made.connect((host, int(port)))
    return made


def open_(times, host, port):
    for _ in range(int(times)):
        connections.append(connected(host, port))


def begin(times, host, port):
    for _ in range(int(times)):
        made = new(host)
        made.setblocking(False)
        if made.connect_ex((host, int(port))) not in (0, errno.EINPROGRESS):
            raise OSError('connect')
        connections.append(made)


def arrive():
    for each in connections:
        select.select([], [each], [])
        error = each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, 'connect')


def short(times, host, port):
    for _ in range(int(times)):
        with connected(host, port) as made:
            made.shutdown(socket.SHUT_WR)
            while made.recv(65536):
                pass


def knock(host, port):
    try:
        connected(host, port).close()
    except ConnectionRefusedError:
        pass


def await_(size):
    for each in connections:
        each.setblocking(True)
        left = int(size)
        while left > 0:
            received = each.recv(left)
            if not received:
                raise ConnectionError('it has ended')
            left -= len(received)


def bind(times, host):
    for _ in range(int(times)):
        made = new(host)
        made.bind((host, 0))
        others.append(made)


def files(times):
    others.extend(open(os.devnull) for _ in range(int(times)))


def hoard():
    try:
        while True:
            files(1)
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise


def forget():
    while others:
        others.pop().close()


def set_buffers(receive, send):
    buffers[socket.SO_RCVBUF], buffers[socket.SO_SNDBUF] = int(receive), int(send)


def keepalive(idle, interval, probes):
    for each in connections:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, int(idle))
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, int(interval))
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, int(probes))


def patience(milliseconds):
    for each in connections:
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(milliseconds))


def endure():
    for each in connections:
        each.setblocking(True)
        try:
            each.recv(1)
            raise ConnectionError('it is alive')
        except TimeoutError:
            pass
    close()


def scatter(times, host):
    left = int(times)
    while left > 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            for port in range(1, min(left, 65535) + 1):
                made.sendto(b'x', (host, port))
        left -= 65535


def send(size):
    for each in connections:
        each.setblocking(False)
        left = int(size)
        try:
            while left > 0:
                left -= each.send(b'x' * min(left, 65536))
        except BlockingIOError:
            pass


def say(*words):
    for each in connections:
        each.sendall(' '.join(words).encode().decode('unicode_escape').encode())


def read(size):
    for each in connections:
        each.setblocking(False)
        try:
            each.recv(int(size))
        except BlockingIOError:
            pass


def drain():
    for each in connections:
        each.setblocking(True)
        while each.recv(65536):
            pass


def shutdown():
    for each in connections:
        each.shutdown(socket.SHUT_WR)


def close():
    while connections:
        connections.pop(0).close()


def reset():
    for each in connections:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    close()


def stop():
    listeners.pop().close()


COMMANDS = {
    'listen': listen, 'accept': accept, 'serve': serve, 'open': open_, 'begin': begin, 'arrive': arrive, 'short': short, 'knock': knock, 'await': await_, 'bind': bind,
    'files': files, 'hoard': hoard, 'forget': forget, 'buffers': set_buffers, 'keepalive': keepalive, 'patience': patience,
    'endure': endure, 'scatter': scatter, 'send': send, 'say': say, 'read': read, 'drain': drain,
    'shutdown': shutdown, 'close': close, 'reset': reset, 'stop': stop,
}

with open('/proc/self/comm', 'w') as name:
    name.write(sys.argv[1])
for line in sys.stdin:
    command, *arguments = line.split()
    try:
        COMMANDS[command](*arguments)
        print('done', flush=True)
    except OSError as error:
        print(f'failed: {error}', flush=True)
