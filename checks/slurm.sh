#!/usr/bin/env bash
# Whether a survey on a Slurm cluster gives what one on a single machine gives: an array of 4 shards, of which one is killed in
# the middle and submitted again; the journals together, sorted, must be the journal of an undivided survey, byte for byte.
#
#   checks/slurm.sh [PROGRAM [LIST]]
#
# PROGRAM is mremap-lint; without it `cargo build` makes one. LIST names at least 40 packages, one a line; without it some are
# made. Needs root on Debian, for Slurm's daemons; installs slurmctld, slurmd, slurm-client and munge where they are missing.
# The cluster is this machine, with configuration, key and state in a temporary folder, and is gone in the end.
#
# Prints PASS or FAIL for each check; exits with 1 if one failed, with 77 where Slurm cannot be had.
set -euo pipefail
. "$(dirname "$0")/checks.sh"

find_program "$@"
if ! command -v slurmctld slurmd sbatch munged >/dev/null; then
    apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null || exit 77
fi

work=$(mktemp -d)
# The daemons' files must lie below folders that nobody else can write to.
chmod 755 "$work"
started=()
finish() {
    scancel --user root 2>/dev/null || true
    for daemon in slurmd slurmctld munged; do
        [ ! -s "$work/$daemon.pid" ] || kill "$(cat "$work/$daemon.pid")" 2>/dev/null || true
    done
    for pid in "${started[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

# within SECONDS COMMAND...: the command succeeds in that time.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.02
    done
}

# Packages that take long enough to be interrupted.
if [ $# -gt 1 ]; then
    xargs -d '\n' realpath -s -- <"$2" >"$work/list"
else
    for package in $(seq -f 'ring%02g-1' 48); do
        mkdir -p "$work/packages/$package"
        {
            echo '#include <sys/mman.h>'
            for function in $(seq 60); do
                echo "void *view$function(void *p, size_t n, size_t m) {"
                echo "    for (size_t i = 0; i < n; i++) if (m > i) m -= $function;"
                echo "    return mremap(p, m - n * ($function % 3), n, MREMAP_MAYMOVE);"
                echo '}'
                echo "void *first$function(void *p, size_t n) { return view$function(p, n, 0); }"
            done
        } >"$work/packages/$package/ring.c"
        echo "$work/packages/$package"
    done >"$work/list"
fi
packages=$(wc -l <"$work/list")
holds "there are at least 40 packages: $packages" test "$packages" -ge 40

# The cluster.
host=$(hostname)
mkdir -p "$work/state" "$work/spool"
cat >"$work/slurm.conf" <<END
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=1
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=scan Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf
head -c 1024 /dev/urandom >"$work/munge.key"
chmod 400 "$work/munge.key"
munged --foreground --force --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munged.pid" \
    --seed-file="$work/munge.seed" --log-file="$work/munged.log" 2>/dev/null &
started+=($!)
holds "authentication works" within 20 munge -n --socket="$work/munge.socket" --output=/dev/null
slurmctld -D >/dev/null 2>&1 &
started+=($!)
slurmd -D >/dev/null 2>&1 &
started+=($!)
is_idle() { [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ]; }
holds "the cluster is up" within 60 is_idle

# The recipe of docs/survey-and-clusters.md, with --no-times so that journals can be compared; the task's process can be found.
cat >"$work/survey.sh" <<'END'
#!/bin/sh
echo $$ >"pid.$SLURM_ARRAY_TASK_ID"
exec "$PROGRAM" survey --quiet --no-times --jobs 1 --files-from list \
    --shard "$((SLURM_ARRAY_TASK_ID + 1))/4" --journal "journal.$SLURM_ARRAY_TASK_ID"
END
export PROGRAM=$program
submit() { sbatch --wait --quiet --chdir="$work" --output="$work/task.%a" "$@" "$work/survey.sh"; }
lines() { cat "$work"/journal.* 2>/dev/null | wc -l; }

submit --array=0-3 &
array=$!
has_begun() { [ "$(wc -l 2>/dev/null <"$work/journal.2" || echo 0)" -ge 2 ]; }
holds "the third task has examined packages" within 120 has_begun 2>/dev/null
holds "the third task is killed" kill -9 "$(cat "$work/pid.2")"
before=$(wc -l <"$work/journal.2")
if wait "$array"; then code=0; else code=$?; fi
holds "the array has failed: exit code $code" test "$code" -ne 0
holds "the killed task was in the middle: $before lines, $(lines) of $packages in all" test "$(lines)" -lt "$packages"

if submit --array=2; then code=0; else code=$?; fi
holds "submitted again it ends well: exit code $code" test "$code" -eq 0
after=$(wc -l <"$work/journal.2")
holds "it has gone on: $before, then $after lines" test "$after" -gt "$before"

"$program" survey --quiet --no-times --files-from "$work/list" --journal "$work/whole"
holds "each package has a line" test "$(wc -l <"$work/whole")" -eq "$packages"
sort "$work/whole" >"$work/expected"
sort "$work"/journal.* >"$work/found"
holds "the journals together are that of an undivided survey" cmp "$work/found" "$work/expected"
holds "they hold findings" grep -q zero-old-size "$work/found"
exit "$failed"
