# shellcheck shell=bash
# What the commands of this folder share: paths, messages, the generated environment, the private cluster.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
LOCAL=$ROOT/.local
STAMPS=$LOCAL/stamps
# shellcheck disable=SC2034
PYTHON=$ROOT/.venv/bin/python
ENV_FILE=$LOCAL/env
cd "$ROOT" || exit
export LC_ALL=C.UTF-8

say() { printf '%s\n' "$@"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Print the comment block at the head of a command, which is its help.
show_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$1"; }

# Operators' commands at the quiet level; only what deserves a look is printed between the steps.
manage() { LOG_LEVEL=${LOG_LEVEL:-WARNING} "$PYTHON" manage.py "$@"; }

# Stamps remember finished steps by the hash of what went in; a changed input runs the step again.
stamp_is() { [ -f "$STAMPS/$1" ] && [ "$(<"$STAMPS/$1")" = "$2" ]; }
set_stamp() { mkdir -p "$STAMPS" && printf '%s' "$2" >"$STAMPS/$1"; }
drop_stamps() { (cd "$STAMPS" 2>/dev/null && rm -f -- "$@") || true; }
hash_of() { sha256sum -- "$@" | sha256sum | cut -d' ' -f1; }

random_token() { head -c "$1" /dev/urandom | base64 -w0 | tr '+/' '-_' | tr -d '='; }

# True when something answers on the port; a browser may try ::1 first for "localhost", so both are asked.
port_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || (exec 3<>"/dev/tcp/::1/$1") 2>/dev/null
}

# Print the first free port from $1 on, within a hundred.
free_port() {
  local port
  for ((port = $1; port < $1 + 100; port++)); do
    port_taken "$port" || { printf '%s' "$port" && return; }
  done
  fail "No port from $1 to $((port - 1)) is free."
}

# Export the generated variables; the file wins, so a DATABASE_URL of another project cannot leak in.
load_env() {
  [ -r "$ENV_FILE" ] || fail "$ENV_FILE is missing or belongs to somebody else: run script/setup first."
  set -a
  # shellcheck source=/dev/null
  . "$ENV_FILE"
  set +a
}

# Print the newest PostgreSQL program folder that has PostGIS, nothing when there is none.
pg_bin() {
  local version
  for version in $(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -rn); do
    if [ -x "/usr/lib/postgresql/$version/bin/initdb" ] &&
      [ -f "/usr/share/postgresql/$version/extension/postgis.control" ]; then
      printf '%s' "/usr/lib/postgresql/$version/bin"
      return
    fi
  done
}

# The programs of the cluster's own version: a newer PostgreSQL installed later cannot read its files.
cluster_bin() {
  local bin
  bin=/usr/lib/postgresql/$(as_postgres cat "$(pg_data)/PG_VERSION" 2>/dev/null || true)/bin
  if [ -x "$bin/pg_ctl" ]; then printf '%s' "$bin"; else pg_bin; fi
}

# Root may not run PostgreSQL: run it as `postgres`, from /, since root's home may be closed to that user.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    env -C / runuser -u postgres -- "$@"
  else
    "$@"
  fi
}

# .local/pg is the data folder, or a link to one under /var/lib where `postgres` cannot enter the checkout.
pg_data() { readlink -f "$LOCAL/pg"; }

cluster_exists() { [ -e "$LOCAL/pg" ] && as_postgres test -f "$(pg_data)/PG_VERSION"; }

cluster_runs() { cluster_exists && as_postgres "$(cluster_bin)/pg_ctl" status -D "$(pg_data)" >/dev/null 2>&1; }

# The port in the DSNs of the generated environment.
pg_port() { sed -n 's#^BOOTSTRAP_DATABASE_URL=.*:\([0-9]*\)/.*#\1#p' "$ENV_FILE"; }

# Run PostgreSQL's program $3 as the role of DSN $1 in database $2. SECURITY: everybody may read a command line,
# so the password goes through the environment.
as_role() {
  local dsn=${1#*://} bin
  bin=$(cluster_bin)
  (
    export PGUSER=${dsn%%:*} PGHOST=127.0.0.1 PGDATABASE=$2 PGPASSWORD PGPORT
    PGPASSWORD=${dsn#*:} && PGPASSWORD=${PGPASSWORD%%@*}
    PGPORT=${dsn##*:} && PGPORT=${PGPORT%%/*}
    exec "$bin/$3" "${@:4}"
  )
}

# Run a psql query as the superuser of the private cluster: sql DATABASE QUERY.
sql() { as_role "$BOOTSTRAP_DATABASE_URL" "$1" psql -XAtq -v ON_ERROR_STOP=1 -c "$2"; }

# Stop the cluster unless something else works with it: script/server and script/test may share one.
stop_if_idle() {
  local others tries
  cluster_runs || return 0
  # The connections of what has just ended take a moment to go.
  for tries in 1 2 3 4; do
    others=$(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") || return 0
    if [ "$others" -le 1 ]; then
      script/db stop
      return
    fi
    [ "$tries" = 4 ] || sleep 0.5
  done
}

app_database() { printf '%s' "${DATABASE_URL##*/}"; }

# Print DSN $1 pointed at database $2.
dsn_for() { printf '%s' "${1%/*}/$2"; }

# Ask before something is destroyed; without a terminal only --yes answers.
confirm() {
  local answer=
  [ "${YES:-}" = 1 ] && return
  [ -t 0 ] || fail "$1 Say --yes to do it without being asked."
  read -r -p "$1 Type yes to go on: " answer
  [ "$answer" = yes ] || fail "Nothing was changed."
}

# Run a step and print its seconds: timed "name" command...
timed() {
  local name=$1 began=$EPOCHREALTIME
  shift
  "$@"
  say "$name: $(seconds_since "$began") s"
}

seconds_since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'; }
