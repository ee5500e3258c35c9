# Completion for bash: . deploy/completion/listenkeyd.bash, or copy it to /usr/share/bash-completion/completions/listenkeyd.
# Account names come from the daemon, when one answers.

_listenkeyd() {
    # Bash cuts words at ":" and "=", also those of an address: whatever has no space before it belongs to the word before.
    local typed=() rest=$COMP_LINE word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [ $i -eq 0 ] || [[ $rest == [[:space:]]* ]]; then
            typed+=("$word")
        else
            typed[${#typed[@]} - 1]+=$word
        fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        rest=${rest#"$word"}
    done
    local current=${COMP_WORDS[COMP_CWORD]} previous=${typed[${#typed[@]} - 2]}
    # The command and its arguments: all words that are no options, and no values of options.
    local words=() url=() choices='--json --url'
    for ((i = 1; i < ${#typed[@]} - 1; i++)); do
        case ${typed[i]} in
            --url) url=(--url "${typed[++i]}") ;;
            --url=*) url=("${typed[i]}") ;;
            --status | --fingerprint | --timeout | --for | --reason | --to) ((i++)) ;;
            -*) ;;
            *) words+=("${typed[i]}") ;;
        esac
    done
    case $previous in
        --status) choices='ACTIVE PENDING RETRYING AT_RISK LOST PAUSED' ;;
        --url | --fingerprint | --timeout | --for | --reason | --to) choices='' ;;
        *)
            case ${words[0]-} in
                '') choices='status list show explain replicas renew pause resume watch wait key healthcheck migrate --version --help' ;;
                list) choices+=' --status' ;;
                pause) choices+=' --for --reason' ;;
                wait) choices='--fingerprint --timeout --url' ;;
                healthcheck) choices='' ;;
                migrate) choices='--to' ;;
            esac
            case ${words[0]-} in
                show | explain | renew | pause | resume | watch | wait | key)
                    if [ ${#words[@]} -eq 1 ] && [[ $current != -* ]]; then
                        # Only names, since compgen expands its words. A daemon that hangs must not hold up the shell.
                        choices=$(timeout 5 "${COMP_WORDS[0]}" list "${url[@]}" 2> /dev/null < /dev/null | sed -n 's/^\([a-z0-9][a-z0-9_-]*\) .*/\1/p')
                    fi
                    ;;
            esac
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
}

complete -F _listenkeyd listenkeyd
