"""A client of Python's http.client that looks at the status alone: `python3 unread-responses.py HOST PORT TIMES`."""
import http.client
import sys

host, port, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = []
for _ in range(times):
    connection = http.client.HTTPConnection(host, port)
    connection.request('GET', '/')
    response = connection.getresponse()
    assert response.status == 200
    held.append(response)
print('done', flush=True)
sys.stdin.read()
