# Completions of sluice for bash. Written by "sluice completions bash".

__sluice_topics() {
  local i options=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in -b | --bootstrap) options=(--bootstrap "${COMP_LINE#*${COMP_WORDS[i]}}") ;; esac
  done
  if ((${#options[@]})); then
    options[1]=${options[1]#[= ]}
    options[1]=${options[1]%% *}
  fi
  sluice topic list --timeout 500ms "${options[@]}" 2>/dev/null | cut -f1
}

_sluice() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  if [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [[ $cur == "=" ]]; then cur=; fi
  case $COMP_CWORD:${COMP_WORDS[1]} in
    1:*) words="broker controller topic produce consume group cluster log demo completions help --help --version" ;;
    2:topic) words="create list describe alter delete trim --help" ;;
    2:group) words="list describe reset delete --help" ;;
    2:cluster) words="status quorum reassign elect drain remove balance --help" ;;
    2:log) words="dump verify --help" ;;
    *) __sluice_words ;;
  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}

# Sets words, or COMPREPLY for files.
__sluice_words() {
  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
    "broker "*)
      case $prev in
        --config) COMPREPLY=($(compgen -f -- "$cur")) ;;
        --set) : ;;
        --node-id) : ;;
        --listen) : ;;
        --advertise) : ;;
        --controller-listen) : ;;
        --join) : ;;
        --controllers) : ;;
        --data-dir) COMPREPLY=($(compgen -d -- "$cur")) ;;
        --http) : ;;
        --rack) : ;;
        --log-level) words="trace debug info warning error" ;;
        --log-format) words="text json" ;;
        --roles) : ;;
        *) case $cur in
          -*) words="--config --set --node-id --listen --advertise --controller-listen --join --controllers --data-dir --ephemeral --http --rack --log-level --log-format --roles -h --help" ;;
        esac ;;
      esac ;;
    "controller "*)
      case $prev in
        --config) COMPREPLY=($(compgen -f -- "$cur")) ;;
        --set) : ;;
        --node-id) : ;;
        --listen) : ;;
        --advertise) : ;;
        --controller-listen) : ;;
        --join) : ;;
        --controllers) : ;;
        --data-dir) COMPREPLY=($(compgen -d -- "$cur")) ;;
        --http) : ;;
        --rack) : ;;
        --log-level) words="trace debug info warning error" ;;
        --log-format) words="text json" ;;
        *) case $cur in
          -*) words="--config --set --node-id --listen --advertise --controller-listen --join --controllers --data-dir --ephemeral --http --rack --log-level --log-format -h --help" ;;
        esac ;;
      esac ;;
    "topic create")
      case $prev in
        -p | --partitions) : ;;
        -r | --replication-factor) : ;;
        -c | --config) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="-p --partitions -r --replication-factor -c --config --if-not-exists --validate-only -b --bootstrap --timeout -o --output -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "topic list")
      case $prev in
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--internal -b --bootstrap --timeout -o --output -h --help" ;;
        esac ;;
      esac ;;
    "topic describe")
      case $prev in
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--all-configs --storage -b --bootstrap --timeout -o --output -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "topic alter")
      case $prev in
        -p | --partitions) : ;;
        -c | --config) : ;;
        -d | --delete-config) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        *) case $cur in
          -*) words="-p --partitions -c --config -d --delete-config -b --bootstrap --timeout -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "topic delete")
      case $prev in
        -b | --bootstrap) : ;;
        --timeout) : ;;
        *) case $cur in
          -*) words="--if-exists -b --bootstrap --timeout -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "topic trim")
      case $prev in
        --before) : ;;
        --partition) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--before --partition -b --bootstrap --timeout -o --output -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "produce "*)
      case $prev in
        -f | --file) COMPREPLY=($(compgen -f -- "$cur")) ;;
        --format) words="line json" ;;
        -k | --key-separator) : ;;
        --null) : ;;
        -H | --header) : ;;
        -p | --partition) : ;;
        --acks) words="all -1 1 0" ;;
        -z | --compression) words="none gzip snappy lz4 zstd" ;;
        --rate) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        *) case $cur in
          -*) words="-f --file --format -k --key-separator --null --tombstone -H --header -p --partition --acks -z --compression --rate -b --bootstrap --timeout -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "consume "*)
      case $prev in
        --from) : ;;
        -p | --partition) : ;;
        -n | --count) : ;;
        --format) : ;;
        --null) : ;;
        -g | --group) : ;;
        --assignor) words="range roundrobin cooperative-sticky" ;;
        --session-timeout) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        *) case $cur in
          -*) words="--from -p --partition -n --count -e --exit --format --null -g --group --assignor --session-timeout -b --bootstrap --timeout -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "group list")
      case $prev in
        --state) words="stable empty preparingrebalance completingrebalance dead" ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--state -b --bootstrap --timeout -o --output -h --help" ;;
        esac ;;
      esac ;;
    "group describe")
      case $prev in
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="-b --bootstrap --timeout -o --output -h --help" ;;
          *) : ;;
        esac ;;
      esac ;;
    "group reset")
      case $prev in
        --topic) : ;;
        --to) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--topic --all-topics --to --dry-run -b --bootstrap --timeout -o --output -h --help" ;;
          *) : ;;
        esac ;;
      esac ;;
    "group delete")
      case $prev in
        -b | --bootstrap) : ;;
        --timeout) : ;;
        *) case $cur in
          -*) words="--if-exists -b --bootstrap --timeout -h --help" ;;
          *) : ;;
        esac ;;
      esac ;;
    "cluster status")
      case $prev in
        -w | --watch) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="-w --watch -b --bootstrap --timeout -o --output -h --help" ;;
        esac ;;
      esac ;;
    "cluster quorum")
      case $prev in
        --address) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--address -b --bootstrap --timeout -o --output -h --help" ;;
          *) words="add remove" ;;
        esac ;;
      esac ;;
    "cluster reassign")
      case $prev in
        -p | --partition) : ;;
        -f | --file) COMPREPLY=($(compgen -f -- "$cur")) ;;
        --throttle) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="-p --partition -f --file --execute --cancel --throttle --wait -b --bootstrap --timeout -o --output -h --help" ;;
        esac ;;
      esac ;;
    "cluster elect")
      case $prev in
        -p | --partition) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="-p --partition --preferred --unclean --all -b --bootstrap --timeout -o --output -h --help" ;;
          *) words=$(__sluice_topics) ;;
        esac ;;
      esac ;;
    "cluster drain")
      case $prev in
        --throttle) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--fewer-replicas --throttle --plan --cancel -b --bootstrap --timeout -o --output -h --help" ;;
          *) : ;;
        esac ;;
      esac ;;
    "cluster remove")
      case $prev in
        --throttle) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--fewer-replicas --throttle --yes -b --bootstrap --timeout -o --output -h --help" ;;
          *) : ;;
        esac ;;
      esac ;;
    "cluster balance")
      case $prev in
        --max-moves) : ;;
        --throttle) : ;;
        -b | --bootstrap) : ;;
        --timeout) : ;;
        -o | --output) words="table json" ;;
        *) case $cur in
          -*) words="--plan --max-moves --throttle --wait -b --bootstrap --timeout -o --output -h --help" ;;
        esac ;;
      esac ;;
    "log dump")
      case $prev in
        --from) : ;;
        --decode) words="auto offsets transactions metadata share none" ;;
        -o | --output) words="text json" ;;
        *) case $cur in
          -*) words="--batches --from --decode -o --output -h --help" ;;
          *) COMPREPLY=($(compgen -f -- "$cur")) ;;
        esac ;;
      esac ;;
    "log verify")
      case $prev in
        -o | --output) words="text json" ;;
        *) case $cur in
          -*) words="--deep -o --output -h --help" ;;
          *) COMPREPLY=($(compgen -d -- "$cur")) ;;
        esac ;;
      esac ;;
    "demo "*)
      case $prev in
        --brokers) : ;;
        --http) : ;;
        *) case $cur in
          -*) words="--brokers --http --idle --logs -h --help" ;;
        esac ;;
      esac ;;
    "completions "*)
      case $prev in
        *) case $cur in
          -*) words="-h --help" ;;
          *) words="bash zsh fish" ;;
        esac ;;
      esac ;;
  esac
}

complete -o default -F _sluice sluice
