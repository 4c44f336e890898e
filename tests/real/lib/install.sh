# Sourced by lib/suite.sh: installs clients from Debian, PyPI and npm, each once, kept in $CLIENTS_HOME.

# debian_packages NAME...: installs those that are missing.
debian_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return 0
  (
    flock 9
    debian_lists_fresh || debian_update || true
    debian_install "${missing[@]}" || { debian_update && debian_install "${missing[@]}"; }
  ) 9> "$CLIENTS_HOME/.apt-lock"
}

debian_lists_fresh() { [ -n "$(find "$CLIENTS_HOME/.apt-updated" -mmin -720 2>/dev/null)" ]; }

debian_update() { apt-get -qq -o DPkg::Lock::Timeout=600 update && touch "$CLIENTS_HOME/.apt-updated"; }

debian_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@"
}

# python_packages NAME REQUIREMENT...: a virtual environment $CLIENTS_HOME/venv-NAME with exactly these.
python_packages() {
  local venv=$CLIENTS_HOME/venv-$1
  shift
  [ "$(cat "$venv/.installed" 2>/dev/null)" = "$*" ] && return 0
  rm -rf "$venv"
  python3 -m venv "$venv" || { debian_packages python3-venv && python3 -m venv "$venv"; } || return 1
  "$venv/bin/pip" -q install --disable-pip-version-check --retries 5 "$@" || return 1
  printf %s "$*" > "$venv/.installed"
}

# python_source VENV NAME VERSION: the source archive from PyPI, unpacked at $CLIENTS_HOME/NAME-VERSION.
python_source() {
  local venv=$CLIENTS_HOME/venv-$1 name=$2 version=$3
  local target=$CLIENTS_HOME/$name-$version
  [ -e "$target/.unpacked" ] && return 0
  rm -rf "$target"
  "$venv/bin/pip" -q download --disable-pip-version-check --no-deps --no-binary "$name" -d "$CLIENTS_HOME" \
    "$name==$version" || return 1
  tar xzf "$target.tar.gz" -C "$CLIENTS_HOME" && touch "$target/.unpacked"
}

# node_packages NAME PACKAGE@VERSION...: $CLIENTS_HOME/node-NAME/node_modules with exactly these.
node_packages() {
  local folder=$CLIENTS_HOME/node-$1
  shift
  [ "$(cat "$folder/.installed" 2>/dev/null)" = "$*" ] && return 0
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private": true}' > "$folder/package.json"
  (cd "$folder" && npm install --no-fund --no-audit --loglevel=error "$@") || return 1
  printf %s "$*" > "$folder/.installed"
}
