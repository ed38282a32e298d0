# Debian's packages without touching the system: an apt with a state of its own, and programs made to run where they are unpacked.
# To be sourced; wants $dir, the folder that everything goes into.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The archive that the system itself uses; its security updates lie beside it under another name.
archive() {
  local uri
  # shellcheck disable=SC2016 # these are apt's placeholders, not the shell's
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E "/$1/?\$" | head -n 1) || true
  if [ -z "$uri" ]; then
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' | head -n 1) || true
    uri=${uri/%debian\//$1\/}
  fi
  echo "$uri"
}

# An apt of our own for the given suites: it sees no installed package, so that it names the whole closure.
prepare_apt() { # NAME SUITE...
  local base=$dir/apt/$1 suite; shift
  unset APT_CONFIG # that of the last one, perhaps
  mkdir -p "$base"/state/lists/partial "$base"/cache/archives/partial
  : >> "$base/status"
  for suite; do
    case $suite in
      *-security) echo "deb [signed-by=$keyring] $(archive debian-security) $suite main" ;;
      *) echo "deb [signed-by=$keyring] $(archive debian) $suite main" ;;
    esac
  done > "$base/sources.list"
  cat > "$base/apt.conf" <<CONF
Dir::Etc::sourcelist "$base/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::State "$base/state"; Dir::State::status "$base/status"; Dir::Cache "$base/cache";
Acquire::Languages "none"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Check-Valid-Until "false"; // a mirror that lags by days is still good enough
APT::Sandbox::User "root"; APT::Install-Recommends "false";
CONF
  export APT_CONFIG=$base/apt.conf
  [ -e "$base/updated" ] || { apt-get update -qq && : > "$base/updated"; }
}

# One that is there, or the system's release's own, unpacked.
find_patchelf() { # sets $patchelf
  patchelf=$(command -v patchelf || true)
  [ -z "$patchelf" ] || return 0
  patchelf=$dir/patchelf/usr/bin/patchelf
  [ ! -x "$patchelf" ] || return 0
  prepare_apt patchelf bookworm
  (cd "$dir/apt" && apt-get download -qq patchelf && dpkg -x patchelf_*.deb "$dir/patchelf" && rm patchelf_*.deb)
}

# A library with a RUNPATH of its own hides its user's RPATH from what it loads in turn.
unify_rpaths() { # FOLDER LIBRARIES
  local library
  find "$1" -type f -name '*.so*' | while read -r library; do
    [ -z "$("$patchelf" --print-rpath "$library" 2>/dev/null)" ] || "$patchelf" --force-rpath --set-rpath "$2" "$library"
  done
}
