"""Threads for the requests of programs: checking their tokens, and answering them."""

from __future__ import annotations

from kaimedia.web.thread_pool import ThreadPool

run = ThreadPool("kaimedia-request", 32).run
