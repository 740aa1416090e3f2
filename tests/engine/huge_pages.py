"""A process's memory in huge pages: a fork copies 200 entries of its page table, not 120,000.

Of a fork of half a gigabyte that copying, and taking it apart again, is most of what it costs; a
page that the fork writes to is copied alone, as ever.
"""

import ctypes
import sys
from pathlib import Path

# https://www.kernel.org/doc/html/latest/admin-guide/mm/transhuge.html; asm-generic/mman-common.h
_MADV_HUGEPAGE = 14
_MADV_COLLAPSE = (
    25  # At once, since Linux 6.1; older kernels refuse it, and do so in time or never.
)
_SIZE = 2 << 20  # Of a huge page, in bytes, on x86-64 and on arm64 with pages of 4 KiB.


def use_huge_pages() -> None:
    """Ask for what this process has now; where it cannot be had, nothing changes."""
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _written():
        whole = range(-(-start // _SIZE) * _SIZE, end // _SIZE * _SIZE, _SIZE)
        for address in whole:
            madvise(address, _SIZE, _MADV_HUGEPAGE)
            madvise(address, _SIZE, _MADV_COLLAPSE)


def _written() -> list[tuple[int, int]]:
    """Ranges of addresses that are this process's own and no file's, but for stacks."""
    found: list[tuple[int, int]] = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, mode, _, _, inode, *name = line.split()
        if mode == "rw-p" and inode == "0" and name in ([], ["[heap]"]):
            start, end = (int(each, 16) for each in addresses.split("-"))
            found.append((start, end))
    return found
