package bench

import (
	"fmt"
	"slices"
	"strings"
)

// inserts are the commands that add rows.
func inserts(all []rows) []command {
	var commands []command
	for _, r := range all {
		for _, values := range r.values {
			commands = append(commands, insert(r, values))
		}
	}
	return commands
}

// updates are the commands that change the transaction if its revision is still
// the one before, replace its timers and add the other rows.
func updates(all []rows) []command {
	var commands []command
	for _, r := range all {
		switch r.table {
		case "transactions":
			commands = append(commands, update(r))
		case "timers":
			name := r.values[0][slices.Index(r.columns, "name")]
			commands = append(commands, command{
				text: "delete from timers where transaction_id = $1 and name <> $2 ", args: []any{nil, name}, ids: []int{0},
			})
			commands = append(commands, inserts([]rows{r})...)
		default:
			commands = append(commands, inserts([]rows{r})...)
		}
	}
	return commands
}

func insert(r rows, values []any) command {
	var params []string
	c := command{args: values} // a space ends each parameter, so that it can be renumbered
	for i, column := range r.columns {
		params = append(params, fmt.Sprintf("$%d ", i+1))
		c.mark(r.table, column, i)
	}
	c.text = fmt.Sprintf("insert into %s (%s) values (%s)", r.table, strings.Join(r.columns, ", "), strings.Join(params, ", "))
	return c
}

func update(r rows) command {
	var set []string
	c := command{args: slices.Clone(r.values[0])}
	for i, column := range r.columns {
		c.mark(r.table, column, i)
		if column != "id" {
			set = append(set, fmt.Sprintf("%s = $%d ", column, i+1))
		}
	}
	id, revision := slices.Index(r.columns, "id"), slices.Index(r.columns, "revision")
	c.text = fmt.Sprintf("update transactions set %s where id = $%d and revision = $%d - 1", strings.Join(set, ", "), id+1, revision+1)
	return c
}

// mark notes the values that differ from transaction to transaction.
func (c *command) mark(table, column string, i int) {
	switch {
	case column == "transaction_id" || column == "conversation_id" || table == "transactions" && column == "id":
		c.ids = append(c.ids, i)
	case column == "key" || column == "payment_id" && c.args[i] != "":
		c.keys = append(c.keys, i)
	}
}
