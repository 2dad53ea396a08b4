# shellcheck shell=bash
# What the drills share: bare Debian roots, and this machine's own way to the package mirrors.

# Print the mirror this machine's apt uses, Debian's own when that cannot be told.
debian_mirror() {
  local mirror
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    grep -oE '^(deb|URIs:) .*' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')
  printf '%s' "${mirror:-http://deb.debian.org/debian}"
}

# bare_root SUITE FOLDER: a fresh minimal Debian, from a kept copy where there is one.
bare_root() {
  local kept=$2.kept
  if [ ! -f "$kept/.complete" ]; then
    rm -rf --one-file-system "$kept"
    debootstrap --variant=minbase "$1" "$kept" "$(debian_mirror)" >"$2.log" 2>&1 || {
      tail -n 5 "$2.log" >&2
      fail "debootstrap of $1 failed."
    }
    touch "$kept/.complete"
  fi
  rm -rf --one-file-system "$2"
  cp -a "$kept" "$2"
  rm "$2/.complete"
}

# Carry this machine's proxies, certificates and pip settings over: they belong to it, not to the repository.
take_over_network() {
  local root=$1 file
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  while read -r file; do
    cp "$file" "$root/etc/apt/apt.conf.d/"
  done < <(grep -lE 'Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/* 2>/dev/null | grep -v docker || true)
  [ ! -f /etc/apt/auth.conf ] || cp /etc/apt/auth.conf "$root/etc/apt/"
  # Not in its usual place: a bare machine has no certificates, and set-up must notice.
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/drill-ca.crt"
  pip_settings >"$root/etc/pip.conf"
}

# pip's index, proxy and certificate of this machine, without what points into its own file system.
pip_settings() {
  echo '[global]'
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || echo 'cert = /etc/drill-ca.crt'
  python3 -m pip config list 2>/dev/null | sed -nE "s/^(global|:env:)\.(index-url|proxy|trusted-host)='(.*)'/\2 = \3/p" | sort -u
}

# Fill COMMAND with: run the rest inside ROOT, with an empty environment but the proxies.
inside_command() {
  local root=$1 name
  shift
  COMMAND=(env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || COMMAND+=("$name=${!name}")
  done
  COMMAND+=(chroot "$root" "$@")
}

inside() { inside_command "$@" && "${COMMAND[@]}"; }

# The mounts vanish with the mount namespace the drill runs in.
mount_system() {
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mount -t sysfs -o ro sysfs "$1/sys" 2>/dev/null || true
}

# Start the drill again as root in a mount namespace of its own.
enter_namespace() {
  [ "$(id -u)" = 0 ] || fail "This drill needs root."
  [ "${IN_NAMESPACE:-}" = 1 ] && return
  exec env IN_NAMESPACE=1 unshare --mount --propagation private "$0" "$@"
}

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "This drill needs $program: apt-get install $program"
  done
}
