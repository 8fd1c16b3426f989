package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// Who acts, above which amount two are needed, and what was done are commands, too.
func TestS7_commands(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	do := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append(args, db), &out, &out)
		return out.String(), err
	}
	for _, tc := range []struct{ args, want string }{
		{"migrate", "schema"},
		{"communities add 7 Bicycles --reason=opened", "community 7: Bicycles"},
		{"communities fees 7 --seller-basis-points=250 --seller-minimum=EUR=100 --reason=prices", "seller pays 2.50 %, at least 1.00 EUR, buyer pays 0.00 %"},
		{"audit --community=7 --act=fees.set --json", `{\"seller_basis_points\":250,\"seller_minimums\":{\"EUR\":100}`},
		{"operators --community=7", "has no list of operators"},
		{"operators add olga --community=7 --reason=hired", ""},
		{"operators add ann --community=7 --reason=hired", "ann\nolga\n"},
		{"operators add bob --community=7 --reason=hired", ""},
		{"operators remove bob --community=7 --reason=left", "ann\nolga\n"},
		{"operators list --community=7", "ann\nolga\n"},
		{"communities limits 7", "no limits"},
		{"communities limits 7 --limit=EUR=100000 --limit=JPY=5 --reason=policy", "above 1000.00 EUR"},
		{"communities limits 7 --remove=JPY --reason=policy", "above 1000.00 EUR"},
		{"approvals --community=7", "asked by"},
		{"audit --community=7 --act=limits.set --limit=1", "limits.set  community:7  policy"},
		{"audit --community=7 --since=2020-01-01 --json --act=operators.set", `"after":"ann olga"`},
		{"audit --community=7 --since=2999-01-01", "time  who  act"},
		{"recovery begin --reason=restored", "recovery has begun"},
		{"recovery end --reason=compared", "recovery has ended"},
		{"audit --act=recovery.begin --actor=" + commandBy("").Actor, "recovery  restored"},
		{"audit --act=recovery.end --json --actor=" + commandBy("").Actor, `"reason":"compared","request_id":"","data":{"began_because":"restored"`},
		{"audit --community=7 --actor=operator:nobody", ""},
	} {
		out, err := do(strings.Fields(tc.args)...)
		if err != nil || !strings.Contains(out, tc.want) {
			t.Errorf("%s: %v\n%s", tc.args, err, out)
		}
	}
	for _, tc := range []struct{ args, want string }{
		{"operators add Olga --community=7 --reason=twice", "differ only in case"},
		{"operators add olga --community=7 --reason=twice", "already"},
		{"operators add key:1 --community=7 --reason=x", "must not begin"},
		{"operators add eve --community=8 --reason=x", "unknown community 8"},
		{"operators add eve --community=7", "reason"},
		{"operators add eve --community=7 --reason= ", "reason"},
		{"operators remove eve --community=7 --reason=x", "not on the list"},
		{"communities limits 7 --limit=EUR=1", "reason"},
		{"communities add 9 Nine", "give a reason"},
		{"communities add 9 Nine --reason= ", "give a reason"},
		{"communities fees 7 --seller-basis-points=1", "give a reason"},
		{"communities letterhead 7 --language=de", "give a reason"},
		{"keys add --community=7 --name=shop", "give a reason"},
		{"keys revoke 0123456789abcdef", "give a reason"},
		{"recovery begin --reason= ", "give a reason"},
		{"recovery end --reason= ", "give a reason"},
		{"communities limits 8 --limit=EUR=1 --reason=x", "unknown community 8"},
		{"communities limits 7 --limit=eur=1 --reason=x", "limits are minor units"},
		{"approvals approve 1 --community=7 --operator=ann --reason=x", "no such approval"},
		{"approvals approve 1 --community=7 --operator=eve --reason=x", "not on the community's list"},
		{"audit --community=8", "unknown community 8"},
	} {
		if out, err := do(strings.Fields(tc.args)...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v\n%s", tc.args, err, out)
		}
	}
}
