"""Finds a free port of the loopback, below the range from which the system takes ports for outgoing connections, so
that a server which is killed and started again finds its port still free."""

import random
import socket


def free_port():
    for port in random.sample(range(20000, 30000), 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


if __name__ == "__main__":
    print(free_port())
