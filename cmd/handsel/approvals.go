package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type communitiesLimits struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	reading[amount] `embed:""`
	ID              int64            `arg:"" help:"The community's id."`
	Limit           map[string]int64 `placeholder:"EUR=100000" help:"Amount in minor units of a currency or asset above which staff needs a second person."`
	Remove          []string         `placeholder:"EUR" help:"Currencies that no longer have a limit."`
}

// Run changes what is given, and prints the limits.
func (c communitiesLimits) Run(env environment) error {
	db, err := c.openFor(env, c.ID)
	if err != nil {
		return err
	}
	defer db.Close()
	limits, err := db.ApprovalLimits(env, c.ID)
	if err != nil {
		return err
	}
	if len(c.Limit)+len(c.Remove) > 0 {
		by, err := c.by()
		if err != nil {
			return err
		}
		for code, most := range c.Limit {
			limits[money.Currency(code)] = most
		}
		for _, code := range c.Remove {
			delete(limits, money.Currency(code))
		}
		if err := db.SaveApprovalLimits(env, c.ID, limits, by); err != nil {
			return err
		}
	}
	known, err := db.KeepAssets(env, nil)
	if err != nil {
		return err
	}
	var lines []amount
	for _, unit := range sortedKeys(limits) {
		lines = append(lines, amount{limits[unit], unit})
	}
	if len(lines) == 0 {
		env.say("no limits: nothing needs a second person")
	}
	names, err := db.Operators(env, c.ID)
	if err != nil {
		return err
	}
	if len(lines) > 0 && len(names) < 2 {
		env.say("nobody can approve what is above a limit while the list of operators has fewer than two names: who asks does not decide; next: handsel operators add NAME --community %d --reason …", c.ID)
	}
	return c.list(env, "", func(a amount) string {
		return fmt.Sprintf("above %s staff needs a second person", known.Format(money.New(a.Amount, a.Currency)))
	}, lines)
}

type approvalsCommand struct {
	List    approvalsList    `cmd:"" default:"withargs" help:"List approvals, newest first." example:"handsel approvals list --community 7 --status waiting"`
	Approve approvalsApprove `cmd:"" help:"Approve an act that another operator asked for; a running server does it within two minutes." example:"handsel approvals approve 12 --community 7 --operator ann --reason 'the receipt is right'"`
	Reject  approvalsReject  `cmd:"" help:"Reject an act that another operator asked for." example:"handsel approvals reject 13 --community 7 --operator ann --reason 'there is no receipt'"`
}

type approvalsList struct {
	databaseSetting       `embed:""`
	sealSettings          `embed:""`
	reading[approvalLine] `embed:""`
	Community             int64  `required:"" placeholder:"ID" help:"The community's id."`
	Status                string `default:"" enum:",waiting,approved,done,refused,rejected,expired" help:"Only approvals that are waiting, approved, done, refused, rejected or expired."`
}

// approvalLine is an act that waits, or waited, for a second person.
type approvalLine struct {
	Number    int64                       `json:"number"`
	Status    orchestrator.ApprovalStatus `json:"status"`
	Act       string                      `json:"act"`
	Object    string                      `json:"object"`
	Amount    *amount                     `json:"amount,omitzero" help:"What it moves, in minor units; absent where it moves nothing."`
	AskedBy   string                      `json:"asked_by"`
	ExpiresAt time.Time                   `json:"expires_at"`
	Sealed    bool                        `json:"sealed" help:"The request cannot be read without HANDSEL_DETAILS_KEYS."`
	Details   map[string]string           `json:"details,omitzero"`
	Reason    string                      `json:"reason"`
}

func newApprovalLine(a orchestrator.Approval) approvalLine {
	l := approvalLine{
		Number: a.ID, Status: a.Status, Act: a.Act, Object: a.Object, AskedBy: a.AskedBy, ExpiresAt: a.ExpiresAt.UTC(),
		Sealed: a.EndedAt.IsZero() && len(a.Request) == 0, Details: a.Details(), Reason: a.Reason,
	}
	if a.Amount.Currency() != "" {
		l.Amount = &amount{a.Amount.Minor(), a.Amount.Currency()}
	}
	return l
}

// row is a line of the table.
func (l approvalLine) row(known money.Assets) string {
	moves := "-"
	if l.Amount != nil {
		moves = known.Format(money.New(l.Amount.Amount, l.Amount.Currency))
	}
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", l.Number, l.Status, l.Act, l.Object, moves, l.AskedBy, utc(l.ExpiresAt), l.detailed(), oneLine(l.Reason))
}

// Run prints one line for each of the newest hundred.
func (c approvalsList) Run(env environment) error {
	db, err := openApprovals(env, c.databaseSetting, c.sealSettings, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.ListApprovals(env, orchestrator.ApprovalFilter{CommunityID: c.Community, Status: orchestrator.ApprovalStatus(c.Status), Limit: 100})
	if err != nil {
		return err
	}
	known, err := db.KeepAssets(env, nil)
	if err != nil {
		return err
	}
	lines := make([]approvalLine, len(all))
	for i, a := range all {
		lines[i] = newApprovalLine(a)
	}
	return c.list(env, "number\tstatus\tact\tobject\tamount\tasked by\texpires\tdetails\treason", func(l approvalLine) string { return l.row(known) }, lines)
}

// openApprovals opens the database with the keys that requests are sealed with.
func openApprovals(env environment, d databaseSetting, s sealSettings, community int64) (*sqlstore.DB, error) {
	if problems := s.checkDetailKeys(); len(problems) > 0 {
		return nil, errors.New(problems[0])
	}
	keys, err := s.detailKeys()
	if err != nil {
		return nil, err
	}
	return d.openFor(env, community, keys...)
}

// detailed are the details on one line.
func (l approvalLine) detailed() string {
	if l.Sealed {
		return "(sealed: set HANDSEL_DETAILS_KEYS as for serve)"
	}
	if len(l.Details) == 0 {
		return "-"
	}
	texts := make([]string, 0, len(l.Details))
	for _, name := range slices.Sorted(maps.Keys(l.Details)) {
		texts = append(texts, name+": "+l.Details[name])
	}
	return oneLine(strings.Join(texts, "; "))
}

// oneLine writes a text in one line; what it could do to a terminal is the matter of screen.
func oneLine(text string) string { return strings.Trim(fmt.Sprintf("%q", text), `"`) }

// secondSetting is what both decisions need.
type secondSetting struct {
	databaseSetting `embed:""`
	sealSettings    `embed:""`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	Operator        string `required:"" placeholder:"NAME" help:"The operator who decides; it cannot be the operator who asked."`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason; the audit log keeps it."`
	Number          int64  `arg:"" help:"Number of the approval, as handsel approvals list shows it."`
}

type approvalsApprove struct{ secondSetting }

type approvalsReject struct{ secondSetting }

// Run notes the approval.
func (c approvalsApprove) Run(env environment) error {
	return c.decide(env, orchestrator.ApprovalApproved)
}

// Run notes the rejection.
func (c approvalsReject) Run(env environment) error {
	return c.decide(env, orchestrator.ApprovalRejected)
}

func (c secondSetting) decide(env environment, to orchestrator.ApprovalStatus) error {
	db, err := openApprovals(env, c.databaseSetting, c.sealSettings, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	engine, err := orchestrator.New(orchestrator.Config{Store: db.ForEngine(), Kinds: gateway.Kinds(env.gateways), Now: time.Now, NewID: uuid.NewString})
	if err != nil {
		return err
	}
	who := process.Actor{Kind: process.Staff, ID: c.Operator}
	a, err := engine.Decide(env, c.Community, c.Number, who, c.Reason, "", to)
	if err != nil {
		return err
	}
	env.say("%s: %s %s", a.Status, a.Act, a.Object)
	return nil
}

// unlisted names the communities whose staff is not known: whoever has a key with the
// scope operator chooses the name that stands in the audit log.
func unlisted(env environment, db *sqlstore.DB) ([]string, error) {
	all, err := db.Communities(env)
	if err != nil {
		return nil, err
	}
	var warnings []string
	for _, one := range all {
		names, err := db.Operators(env, one.ID)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			warnings = append(warnings, fmt.Sprintf("community %d has no list of operators: any name may act as its staff, and nobody can be a second person; add them with: handsel operators add NAME --community %d --reason TEXT", one.ID, one.ID))
		}
	}
	return warnings, nil
}

func sortedKeys(l orchestrator.Limits) []money.Currency { return slices.Sorted(maps.Keys(l)) }
