# Completion for bash: . deploy/completion/listenkeyd.bash, or copy it to /usr/share/bash-completion/completions/listenkeyd.
# Account names come from the daemon, when one answers.

_listenkeyd() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local words=() choices='--json --url' i
    # The command and its arguments: all words that are no options, and no values of options.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --url | --status | --fingerprint | --timeout | --for | --reason) ((i++)) ;;
            -*) ;;
            *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
    case $previous in
        --status) choices='ACTIVE PENDING RETRYING AT_RISK LOST PAUSED' ;;
        --url | --fingerprint | --timeout | --for | --reason) choices='' ;;
        *)
            case ${words[0]-} in
                '') choices='status list show explain renew pause resume watch wait key healthcheck --version --help' ;;
                list) choices+=' --status' ;;
                pause) choices+=' --for --reason' ;;
                wait) choices='--fingerprint --timeout --url' ;;
                healthcheck) choices='' ;;
            esac
            case ${words[0]-} in
                show | explain | renew | pause | resume | watch | wait | key)
                    if [ ${#words[@]} -eq 1 ] && [[ $current != -* ]]; then
                        # Only names, since compgen expands its words. A daemon that hangs must not hold up the shell.
                        choices=$(timeout 5 "${COMP_WORDS[0]}" list 2> /dev/null < /dev/null | sed -n 's/^\([a-z0-9][a-z0-9_-]*\) .*/\1/p')
                    fi
                    ;;
            esac
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
}

complete -F _listenkeyd listenkeyd
