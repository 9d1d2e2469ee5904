"""The SQL that keeps one job for each task that waits, in the transaction that changes the task.

Names, arguments and queues are used by all versions that run at the same time; they may be added to, never changed.
"""

from __future__ import annotations

from enum import StrEnum


class Queue(StrEnum):
    """The queues of jobs; workers run each with its own number of jobs, so that none delays the others."""

    POLL = "kaimedia_poll"
    SEND = "kaimedia_send"
    TRANSFER = "kaimedia_transfer"


STEP = "kaimedia.step"  # the name of Procrastinate's task; its arguments: task_id, has_turn

# A task in `sending` needs no job: whoever sends it writes the reply, and if that process dies, the outcome is unknown.
WAITS = (
    "{row}.due_at IS NOT NULL AND {row}.phase NOT IN ('sending', 'done') AND {row}.hold_code IS NULL"
    " AND NOT {row}.is_paused"
)
# Saving and polling come before sending: what is paid for first.
_QUEUE = f"CASE WHEN {{phase}} IN ('saving', 'preparing') THEN '{Queue.TRANSFER}' WHEN {{phase}} = 'queued' THEN '{Queue.SEND}' ELSE '{Queue.POLL}' END"  # noqa: E501
_PRIORITY = (
    "CASE {phase} WHEN 'saving' THEN 30 WHEN 'failed' THEN 10 WHEN 'preparing' THEN 10 WHEN 'queued' THEN 0 ELSE 20 END"
)
_COLUMNS = "queue_name, task_name, priority, queueing_lock, args, scheduled_at"

FUNCTION = f"""
CREATE OR REPLACE FUNCTION kaimedia_defer_step_v1(
    p_task_id text, p_phase text, p_at timestamptz, p_args jsonb, p_keeps_earlier boolean
) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    _job procrastinate_jobs;
BEGIN
    INSERT INTO procrastinate_jobs AS job ({_COLUMNS})
    VALUES ({_QUEUE.format(phase="p_phase")}, '{STEP}', {_PRIORITY.format(phase="p_phase")}, p_task_id,
            jsonb_build_object('task_id', p_task_id) || p_args, p_at)
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE SET
        scheduled_at = CASE WHEN p_keeps_earlier THEN LEAST(job.scheduled_at, p_at) ELSE p_at END,
        args = CASE WHEN job.queue_name = EXCLUDED.queue_name THEN job.args || EXCLUDED.args ELSE EXCLUDED.args END,
        queue_name = EXCLUDED.queue_name, priority = EXCLUDED.priority
    RETURNING * INTO _job;
    IF _job.scheduled_at <= clock_timestamp() THEN  -- Procrastinate itself notifies of new rows only
        PERFORM pg_notify('procrastinate_queue_v1#' || _job.queue_name,
                          json_build_object('type', 'job_inserted', 'job_id', _job.id)::text);
    END IF;
END;
$body$;

CREATE OR REPLACE FUNCTION kaimedia_defer_task_v1() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM kaimedia_defer_step_v1(NEW.task_id::text, NEW.phase::text, NEW.due_at, '{{}}'::jsonb, false);
    RETURN NULL;
END;
$body$;
"""

_NEW_WAITS = WAITS.format(row="NEW")
TRIGGERS = {
    "kaimedia_task_created_v1": f"""
CREATE TRIGGER kaimedia_task_created_v1 AFTER INSERT ON tasks FOR EACH ROW
WHEN ({_NEW_WAITS} AND NEW.owner IS NULL) EXECUTE FUNCTION kaimedia_defer_task_v1()
""",
    "kaimedia_task_changed_v1": f"""
CREATE TRIGGER kaimedia_task_changed_v1 AFTER UPDATE OF due_at, phase, hold_code, is_paused, owner ON tasks FOR EACH ROW
WHEN ({_NEW_WAITS} AND NEW.owner IS NULL AND (
    OLD.due_at IS DISTINCT FROM NEW.due_at OR OLD.phase IS DISTINCT FROM NEW.phase
    OR OLD.owner IS NOT NULL OR OLD.hold_code IS NOT NULL OR OLD.is_paused
)) EXECUTE FUNCTION kaimedia_defer_task_v1()
""",
}

ADD_MISSING = f"""
INSERT INTO procrastinate_jobs ({_COLUMNS})
SELECT {_QUEUE.format(phase="task.phase")}, '{STEP}', {_PRIORITY.format(phase="task.phase")}, task.task_id,
       jsonb_build_object('task_id', task.task_id), task.due_at
FROM tasks AS task
WHERE {WAITS.format(row="task")} AND (task.owner IS NULL OR task.lease_until <= now()) AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs AS job WHERE job.queueing_lock = task.task_id AND job.status = 'todo'
)
ON CONFLICT DO NOTHING
"""

_IS_DUE = WAITS.format(row="task") + (
    " AND task.due_at <= clock_timestamp() AND (task.owner IS NULL OR task.lease_until <= clock_timestamp())"
)
_WAITING_JOB = f"job.status = 'todo' AND job.task_name = '{STEP}'"

# By the clock of the server alone: that of a worker may be wrong.
POSTPONE = """
SELECT kaimedia_defer_step_v1(
    :task_id, :phase,
    GREATEST((SELECT due_at FROM tasks WHERE task_id = :task_id), clock_timestamp() + make_interval(secs => :delay_s)),
    CAST(:args AS jsonb), true
)
"""

# Rows that others have locked are left for the next time: waiting for them while holding some could be a deadlock.
PULL_FORWARD = f"""
UPDATE procrastinate_jobs SET scheduled_at = clock_timestamp() WHERE id IN (
    SELECT job.id FROM procrastinate_jobs AS job JOIN tasks AS task ON task.task_id = job.queueing_lock
    WHERE {_WAITING_JOB} AND NOT job.args ? 'has_turn' AND {_IS_DUE}
      AND job.scheduled_at > clock_timestamp() + make_interval(secs => :longest_wait_s)
    FOR UPDATE OF job SKIP LOCKED
)
"""

# Whoever waits for a turn runs no later than its place among those that still wait, at that rate per second.
CLOSE_GAPS = f"""
WITH waiting AS MATERIALIZED (
    SELECT job.id, row_number() OVER (ORDER BY job.scheduled_at, job.id) / CAST(:rate AS float8) AS wait_s
    FROM procrastinate_jobs AS job JOIN tasks AS task ON task.task_id = job.queueing_lock
    WHERE {_WAITING_JOB} AND job.queue_name = :queue AND job.args ? 'has_turn' AND task.provider = :provider
      AND {_IS_DUE}
), late AS (
    SELECT job.id, waiting.wait_s FROM procrastinate_jobs AS job JOIN waiting ON waiting.id = job.id
    WHERE job.status = 'todo'
      AND job.scheduled_at > clock_timestamp() + make_interval(secs => waiting.wait_s + :slack_s)
    FOR UPDATE OF job SKIP LOCKED
), moved AS (
    UPDATE procrastinate_jobs AS job SET scheduled_at = clock_timestamp() + make_interval(secs => late.wait_s)
    FROM late WHERE job.id = late.id RETURNING job.id
)
SELECT (SELECT count(*) FROM waiting) AS waiting, (SELECT count(*) FROM moved) AS moved
"""

# In the style of Procrastinate's own statements: its connections run it.
RUN_AGAIN = f"""
SELECT kaimedia_defer_step_v1(task.task_id::text, task.phase::text,
                              clock_timestamp() + make_interval(secs => %(pause_s)s), %(args)s::jsonb, true)
FROM tasks AS task WHERE task.task_id = %(task_id)s AND {WAITS.format(row="task")}
"""

FIGURES = """
SELECT count(*) FILTER (WHERE status = 'todo') AS waiting,
       count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())) AS due,
       count(*) FILTER (WHERE status = 'doing') AS running,
       COALESCE(EXTRACT(EPOCH FROM now() - min(scheduled_at) FILTER (WHERE status = 'todo')), 0) AS lag_s
FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
"""
