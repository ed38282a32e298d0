# An editor in a terminal: it is started, typed into, and its screen is read. To be sourced; wants $tools and $out.
# Every step waits for what it wants to see, within bounds for a machine under load; nothing waits so long when all is well.

# Shares no server with whoever runs this.
socket=sidecargo-$$
tmux() { "$tools/bin/tmux" -L "$socket" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null || true' EXIT

ok() { echo "  ok    $*"; }
fail() {
  screen > "$out/failed.txt"
  echo "  FAIL  $*"
  sed 's/^/        | /;s/ *$//' "$out/failed.txt"
  exit 1
}

# Wide enough that a finding's sentence is read to what happened.
open_screen() { tmux new-session -d -s editor -x 150 -y 46 "env TERM=tmux-256color COLORTERM=truecolor $*; echo ended with \$?; sleep 600"; }
close_screen() { tmux kill-server 2>/dev/null || true; }
screen() { tmux capture-pane -p -t editor 2>/dev/null || true; }
keep() { screen | sed 's/ *$//' > "$out/$1.txt"; }
keys() { tmux send-keys -t editor "$@"; }
write() { tmux send-keys -t editor -l "$1"; }

# In a menu that opens under the cursor with its first entry chosen.
choose() { # TEXT
  local cursor line steps
  cursor=$(tmux display-message -p -t editor '#{cursor_y}')
  line=$(screen | grep -nE -- "$1" | head -n 1 | cut -d: -f1)
  steps=$((line - 1 - cursor - 1))
  while [ $steps -gt 0 ]; do keys Down; steps=$((steps - 1)); done
  keys Enter
}

shows() { screen | grep -qE -- "$1"; }
see() { # PATTERN WHAT [SECONDS]
  local end=$((SECONDS + ${3:-120}))
  until shows "$1"; do [ $SECONDS -lt $end ] || fail "$2 (never saw: $1)"; sleep 0.1; done
  ok "$2"
}
see_no_more() { # PATTERN WHAT [SECONDS]
  local end=$((SECONDS + ${3:-120}))
  while shows "$1"; do [ $SECONDS -lt $end ] || fail "$2 (still there: $1)"; sleep 0.1; done
  ok "$2"
}

# A workspace of which two dylibs are broken in a way that cargo takes for fresh, so that rust-analyzer's own build does not mend it.
broken_project() { # FOLDER
  rm -rf "$1"
  sidecargo demo "$1" > "$out/demo.txt" 2>&1 || { cat "$out/demo.txt"; fail "the project cannot be made"; }
  sidecargo check "$1" > "$out/broken.txt" && fail "the project is not broken"
  ok "a broken project: $(grep -E 'will not expand' "$out/broken.txt")"
}
mended_project() { # FOLDER
  sidecargo check --wait "$1" > "$out/mended.txt" || { cat "$out/mended.txt"; fail "the project is not mended"; }
  ok "on disk: $(cat "$out/mended.txt")"
}

# The block of this number and language in a README, as a person pastes it.
block() { # NUMBER LANGUAGE FILE
  awk -v wanted="$1" -v fence="\`\`\`$2" '/^```$/ {here = 0} here {print} $0 == fence {here = (++seen == wanted)}' "$3"
}
