package main

import "fmt"

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Run prints the script. It asks this program what there is, so it stays right.
func (c completionCommand) Run(env environment) error {
	switch c.Shell {
	case "zsh":
		return env.program.GenZshCompletion(env.out)
	case "fish":
		return env.program.GenFishCompletion(env.out, true)
	}
	if _, err := fmt.Fprint(env.out, bareBash); err != nil {
		return err
	}
	return env.program.GenBashCompletionV2(env.out, true)
}

// bareBash is what cobra's script takes of the package bash-completion, for a bash that does not have it.
const bareBash = `# Words of the line up to the cursor, for a bash without the package bash-completion.
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        local line=${COMP_LINE:0:COMP_POINT}
        read -ra words <<<"$line"
        [[ $line == *[[:space:]] ]] && words+=("")
        cword=$((${#words[@]} - 1))
        cur=${words[cword]}
        prev=${words[cword > 0 ? cword - 1 : 0]}
    }
fi

`
