"""A bad line between two switches, for kernels without netem: two taps, and what comes out of one goes into the other later, or never.

Run inside the namespace that holds both switches: relay.py TAP_A TAP_B. Each line on standard input is the line's new quality,
{"delayMs": one way, "jitterMs": more or less of that, "lossPercent": of all frames, "seed": of the dice}; the same in both directions.
Frames are never put in another order: a home's Wi-Fi delays what comes behind a late frame, too. Ends with its standard input.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

# linux/if_tun.h
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
FRAME_BYTES = 65536
# What a small router keeps; beyond it frames are dropped.
QUEUE_FRAMES = 2000


def tap(name):
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return handle


def main():
    taps = [tap(sys.argv[1]), tap(sys.argv[2])]
    quality = {"delayMs": 0, "jitterMs": 0, "lossPercent": 0}
    dice = random.Random(1)
    waiting = []
    last_due = [0.0, 0.0]
    number = 0
    print("there", flush=True)
    while True:
        now = time.monotonic()
        patience = max(0.0, waiting[0][0] - now) if waiting else None
        ready, _, _ = select.select([*taps, sys.stdin], [], [], patience)
        now = time.monotonic()
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if line == "":
                return
            quality.update(json.loads(line))
            dice = random.Random(quality.get("seed", 1))
            print("changed", flush=True)
        for side, handle in enumerate(taps):
            if handle not in ready:
                continue
            frame = os.read(handle, FRAME_BYTES)
            if len(waiting) >= QUEUE_FRAMES or dice.random() * 100 < quality["lossPercent"]:
                continue
            delay = max(0.0, quality["delayMs"] + dice.uniform(-1, 1) * quality["jitterMs"]) / 1000
            last_due[side] = max(last_due[side], now + delay)
            number += 1
            heapq.heappush(waiting, (last_due[side], number, taps[1 - side], frame))
        while waiting and waiting[0][0] <= now:
            _, _, handle, frame = heapq.heappop(waiting)
            try:
                os.write(handle, frame)
            except OSError:
                # The cable behind it is out.
                pass


main()
