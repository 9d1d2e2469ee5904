"""Threads of their own for the media storage: while it hangs, the rest of the app must still get threads."""

from __future__ import annotations

from kaimedia.web.thread_pool import ThreadPool

MOST_THREADS = 32
run = ThreadPool("kaimedia-media", MOST_THREADS).run
