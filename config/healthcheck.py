"""The container's health check: does the web process answer on its own port?"""

import http.client
import sys

from config.settings import PUBLIC_URL


def main(port: int = 8000) -> int:
    """0 if `/healthz` answers 200; asked by the public name, the only one that is served."""
    host = PUBLIC_URL.partition("://")[2]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
