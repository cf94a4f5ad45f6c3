#!/bin/sh
# Runs Node in a network namespace of its own, loopback up; /proc stays the host's, and /proc/net is the namespace's.
HALFCLOSE_TEST_NAMESPACE=1
export HALFCLOSE_TEST_NAMESPACE
exec unshare --net -- sh -c 'ip link set lo up && exec "$0" "$@"' "${npm_node_execpath:-node}" "$@"
