package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	helpWidth  = 80 // of a line, which every terminal has
	helpMargin = 2
	helpColumn = 32 // the widest first column; what is longer has a line of its own
)

// help prints how the command is called, its arguments and flags, and the commands below it.
func (c *command) help(w io.Writer) {
	fmt.Fprintf(w, "Usage: %s\n\n", c.synopsis())
	for _, line := range wrapped(c.Short, helpWidth) {
		fmt.Fprintln(w, line)
	}
	if c.usual != nil {
		fmt.Fprintf(w, "Without a command: %s.\n", c.usual.CommandPath())
	}
	args := make([][2]string, len(c.acting().args))
	for i, a := range c.acting().args {
		args[i] = [2]string{a.usage(), a.help}
	}
	section(w, "Arguments", args)
	section(w, "Flags", c.flagLines())
	var below [][2]string
	for sub := range c.all() {
		if len(sub.below) == 0 && sub != c {
			below = append(below, [2]string{strings.TrimPrefix(sub.CommandPath(), sub.Root().Name()+" "), sub.Short})
		}
	}
	section(w, "Commands", below)
	if c.Example != "" {
		fmt.Fprintf(w, "\nFor example:\n  %s\n", strings.ReplaceAll(c.Example, "\n", "\n  "))
	}
}

// synopsis is the command with what it needs.
func (c *command) synopsis() string {
	parts := []string{c.CommandPath()}
	if c.usual != nil {
		parts = append(parts, "[<command>]")
	} else if len(c.below) > 0 {
		parts = append(parts, "<command>")
	}
	for _, a := range c.args {
		parts = append(parts, a.usage())
	}
	for _, f := range c.flags {
		if f.required {
			parts = append(parts, f.usage())
		}
	}
	return strings.Join(append(parts, "[flags]"), " ")
}

func (c *command) flagLines() [][2]string {
	lines := [][2]string{{"-h, --help", "Show this help."}}
	for _, f := range c.acting().flags {
		if f.hidden {
			continue
		}
		letter := "    "
		if f.short != "" {
			letter = "-" + f.short + ", "
		}
		lines = append(lines, [2]string{letter + f.usage(), f.about()})
	}
	return lines
}

// about is the help of a flag with its variable.
func (f *field) about() string {
	if f.env == "" {
		return f.help
	}
	text, stop := strings.CutSuffix(f.help, ".")
	text += " ($" + f.env + ")"
	if stop {
		text += "."
	}
	return text
}

// section prints two columns under a title, or nothing where there are no lines.
func section(w io.Writer, title string, lines [][2]string) {
	if len(lines) == 0 {
		return
	}
	width := 0
	for _, line := range lines {
		if n := utf8.RuneCountInString(line[0]); n <= helpColumn {
			width = max(width, n)
		}
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	second := helpMargin + width + helpMargin
	for _, line := range lines {
		first := fmt.Sprintf("%*s%-*s%*s", helpMargin, "", width, line[0], helpMargin, "")
		if utf8.RuneCountInString(line[0]) > width {
			fmt.Fprintln(w, strings.TrimRight(first, " "))
			first = strings.Repeat(" ", second)
		}
		for _, text := range wrapped(line[1], helpWidth-second) {
			fmt.Fprintln(w, strings.TrimRight(first+text, " "))
			first = strings.Repeat(" ", second)
		}
	}
}

// wrapped breaks a text into lines of so many letters. It has a line at least.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
