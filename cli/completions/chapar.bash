# Completion of chapar(1) for bash. The words come from the program's own help, so they are those of the version installed.
_chapar() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command="" at=1
    while (( at < COMP_CWORD )); do
        case ${COMP_WORDS[at]} in
            --socket | --application) (( at += 2 )); continue ;;
            --*) (( at += 1 )); continue ;;
        esac
        command=${COMP_WORDS[at]}
        break
    done
    case $previous in
        --csv | --ndjson | --data | --config | --folder | import | backup | restore)
            mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames; return ;;
        pause | resume)
            mapfile -t COMPREPLY < <(compgen -W "$(chapar --json route list 2>/dev/null | grep -oE '"name": *"[^"]+"' | cut -d'"' -f4)" -- "$current"); return ;;
    esac
    if [ -z "$command" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(chapar help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p') --socket --json --version --help" -- "$current")
        return
    fi
    local help
    help=$(chapar "$command" --help 2>/dev/null)
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(grep -oE -- '--[a-z][a-z-]*' <<<"$help" | sort -u)" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -W "$(grep -oE "(usage: chapar|^  chapar|\| ?) ?$command \[?[a-z|-]+" <<<"$help" | sed 's/.* \[\{0,1\}//' | tr '|' '\n' | sort -u)" -- "$current")
    fi
}
complete -F _chapar chapar
