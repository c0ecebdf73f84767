"""Things that happen at the same moment."""

import threading

from django.db import connection


def at_once(*calls):
    """Run calls in threads that start together; their results, in order."""
    barrier = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(number, call):
        try:
            barrier.wait(10)
            results[number] = call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
