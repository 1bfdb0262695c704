# Sourced by the scripts that let apt fetch something without installing it: the machine's own Debian
# sources as entries of a private folder, with private package lists and cache. The user's apt
# configuration is read for mirrors, keys and proxies and is never written; apt's chain of signatures
# is what vouches for what it fetches. Works as root and as any user.

# The release whose entries are used: an entry of another origin (a vendor's own repository) has no
# such suite, and updates and security suites add nothing for this package.
suites="${ASSAY_DEBIAN_SUITES:-}"
if [[ -z "$suites" ]]; then
  codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
  suites="$codename stable oldstable testing unstable sid"
fi
# A suite that stands in the entries in place of the machine's own: a release that has a package in the version that is
# pinned. Debian's mirrors hold all its releases, and its keyring their keys.
pinned_suite=""

# one_line_entries TYPE FILE...: "deb [options] uri suite component..." as entries of TYPE (deb or
# deb-src), without what fixes an architecture.
one_line_entries() {
  local type="$1"
  shift
  awk -v type="$type" -v wanted=" $suites " -v pinned="$pinned_suite" '
    { sub(/[ \t]*#.*/, "") }
    $1 == "deb" || $1 == "deb-src" {
      line = $0; options = ""
      sub(/^[ \t]*deb(-src)?[ \t]+/, "", line)
      if (line ~ /^\[/) {
        end = index(line, "]")
        options = substr(line, 2, end - 2); line = substr(line, end + 1)
      }
      kept = ""
      n = split(options, option, /[ \t]+/)
      for (i = 1; i <= n; i++)
        if (option[i] != "" && option[i] !~ /^(arch|lang|target|pdiffs)[-+]?=/) kept = kept " " option[i]
      n = split(line, field, /[ \t]+/)
      first = (field[1] == "") ? 2 : 1
      if (n < first + 2 || field[first] ~ /^cdrom:/) next
      if (index(wanted, " " field[first + 1] " ") == 0) next
      if (pinned != "") field[first + 1] = pinned
      printf "%s", type
      if (kept != "") printf " [%s ]", kept
      for (i = first; i <= n; i++) if (field[i] != "") printf " %s", field[i]
      printf "\n"
    }' "$@"
}

# deb822_entries TYPE FILE...: the same for stanzas; other fields stay as they stand, a key inside
# Signed-By too.
deb822_entries() {
  local type="$1"
  shift
  awk -v type="$type" -v wanted=" $suites " -v pinned="$pinned_suite" '
    function flush_stanza(   i, n, word, kept) {
      n = split(suite_list, word, /[ \t\n]+/); kept = ""
      for (i = 1; i <= n; i++) if (word[i] != "" && index(wanted, " " word[i] " ")) kept = kept " " word[i]
      if (kept != "" && pinned != "") kept = " " pinned
      if (is_deb && enabled && kept != "") printf "Types: %s\nSuites:%s\n%s\n", type, kept, rest
      is_deb = 0; enabled = 1; suite_list = ""; rest = ""; current = ""
    }
    BEGIN { is_deb = 0; enabled = 1 }
    FNR == 1 { flush_stanza() }
    /^#/ { next }
    /^[ \t\r]*$/ { flush_stanza(); next }
    /^[ \t]/ { if (current == "suites") suite_list = suite_list " " $0; else if (current == "rest") rest = rest $0 "\n"; next }
    {
      name = tolower($0); sub(/:.*/, "", name); value = $0; sub(/^[^:]*:[ \t]*/, "", value)
      if (name == "types") { is_deb = (" " value " ") ~ /[ \t]deb(-src)?[ \t]/; current = "types" }
      else if (name == "suites") { suite_list = value; current = "suites" }
      else if (name == "enabled") { enabled = (tolower(value) !~ /^(no|false|0|off|without|disable)/); current = "enabled" }
      else if (name ~ /^(architectures|languages|targets|pdiffs)(-add|-remove)?$/) { current = "dropped" }
      else { rest = rest $0 "\n"; current = "rest" }
    }
    END { flush_stanza() }' "$@"
}

# private_apt_entries TYPE DIRECTORY: the machine's own sources as private entries.
private_apt_entries() {
  local list="" parts="" file
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  : >"$2/assay.list"
  : >"$2/assay.sources"
  for file in "$list" "${parts%/}"/*.list; do
    if [[ -r "$file" ]]; then one_line_entries "$1" "$file" >>"$2/assay.list"; fi
  done
  for file in "${parts%/}"/*.sources; do
    if [[ -r "$file" ]]; then deb822_entries "$1" "$file" >>"$2/assay.sources"; fi
  done
}


# private_apt_begin TYPE WORK [SUITE]: lays out WORK, an empty folder, and sets the array private_apt to an
# apt-get command that uses nothing but it: the machine's own suites, or SUITE from the same places. Fails when apt
# knows no Debian source.
private_apt_begin() {
  local work="$2" pinned_suite="${3:-}"
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/get"
  private_apt_entries "$1" "$work/parts"
  if [[ ! -s "$work/parts/assay.list" && ! -s "$work/parts/assay.sources" ]]; then
    echo "apt knows no Debian source of these suites: $suites" >&2
    return 1
  fi
  # Hooks that other packages run after an update are not for a private one.
  printf '#clear %s;\n' APT::Update::Pre-Invoke APT::Update::Post-Invoke \
    APT::Update::Post-Invoke-Success >"$work/apt.conf"
  private_apt=(apt-get -q -c "$work/apt.conf"
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/parts"
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache"
    -o Acquire::Languages=none -o Acquire::Retries=3
    -o Acquire::AllowInsecureRepositories=false -o APT::Get::AllowUnauthenticated=false)
  if [[ "$(id -u)" == 0 ]]; then private_apt+=(-o APT::Sandbox::User=root); fi
}
