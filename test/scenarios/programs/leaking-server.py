"""A server of Python's socketserver that keeps each connection in a list, for later, and forgets it there."""
import socketserver
import sys

held = []


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    address_family = socketserver.socket.AF_INET6 if ':' in sys.argv[1] else socketserver.socket.AF_INET

    def shutdown_request(self, request):
        held.append(request)


class Sink(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(4096):
            pass


with Server((sys.argv[1], 0), Sink) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
