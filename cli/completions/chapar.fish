# Completion of chapar(1) for fish. The words come from the program's own help, so they are those of the version installed.
function __chapar_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --socket --application
                set -e words[1]
            case '--*'
            case '*'
                echo $words[1]
                return 0
        end
        set -e words[1]
    end
    return 1
end
function __chapar_words
    set -l command (__chapar_command)
    chapar $command --help 2>/dev/null | string match -ra -- '--[a-z][a-z-]*' | sort -u
    chapar $command --help 2>/dev/null | grep -oE "(usage: chapar|^  chapar|\| ?) ?$command \[?[a-z|-]+" | sed 's/.* \[\{0,1\}//' | tr '|' '\n' | sort -u
end
complete -c chapar -n 'not __chapar_command' -f -a "(chapar help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p') --socket --json --version --help"
complete -c chapar -n __chapar_command -a '(__chapar_words)'
