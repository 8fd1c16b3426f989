package stripe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// version2 begins the paths of the second version of the API, whose bodies are JSON.
const version2 = "/v2/"

// parseJSON reads a body of the second version into parameters: an object into name[key], a list into name[0].
func parseJSON(body []byte) (form, *Error) {
	f := form{}
	if len(bytes.TrimSpace(body)) == 0 {
		return f, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var members map[string]any
	if d.Decode(&members) != nil {
		return nil, badJSON()
	}
	for name, value := range members {
		f.flatten(name, value)
	}
	for name := range f {
		if !wellFormed(name) {
			return nil, malformed("parameter_unknown", name, "Received unknown parameter: %s", name)
		}
	}
	return f, nil
}

func (f form) flatten(name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			f.flatten(name+"["+key+"]", inner)
		}
	case []any:
		for i, inner := range v {
			f.flatten(fmt.Sprintf("%s[%d]", name, i), inner)
		}
	case nil:
	default:
		f[name] = []string{fmt.Sprint(v)}
	}
}

// createAccount2 serves POST /v2/core/accounts. An account that is a recipient can be paid as one of the first version.
func createAccount2(c *call) (object, *Error) {
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	kind, err := c.form.oneOf("dashboard", "express", "full", "none")
	if err != nil {
		return nil, err
	}
	parts, err := c.form.includes()
	if err != nil {
		return nil, err
	}
	a := &account{
		ID: "acct_" + c.Random()[:16], Kind: map[string]string{"express": "express", "none": "custom"}[kind], Email: c.form.text("contact_email"),
		DisplayName: c.form.text("display_name"), Country: stage.Or(c.form.text("identity[country]") == "", "IE", strings.ToUpper(c.form.text("identity[country]"))),
		Created: c.by.at, Metadata: metadata,
	}
	a.Kind = stage.Or(a.Kind == "", "standard", a.Kind)
	wanted := func(of, capability string) bool {
		return c.form.text("configuration["+of+"][capabilities]"+capability+"[requested]") == "true"
	}
	a.Off = map[string]bool{}
	if !wanted("recipient", "[stripe_balance][stripe_transfers]") {
		a.Off["transfers"] = true
	}
	if !wanted("merchant", "[card_payments]") {
		a.Off["card_payments"] = true
	}
	c.Accounts.Add(a)
	return a.view2(parts), nil
}

func getAccount2(c *call) (object, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, err
	}
	parts, err := c.form.includes()
	if err != nil {
		return nil, err
	}
	return a.view2(parts), nil
}

// accountParts are what an account of the second version shows only if it is asked for. Those that are not played are null.
var accountParts = []string{
	"configuration.customer", "configuration.merchant", "configuration.recipient", "defaults", "future_requirements", "identity", "requirements",
}

// includes returns the parts that are asked for, each of which has an index of its own.
func (f form) includes() ([]string, *Error) {
	if f.has("include") {
		return nil, malformed("", "include", "Invalid array: send a list in JSON, or in a query include[0]=%s.", f.text("include"))
	}
	parts := f.list("include")
	for _, part := range parts {
		if !slices.Contains(accountParts, part) {
			return nil, malformed("", "include", "Invalid include: must be some of %s", strings.Join(accountParts, ", "))
		}
	}
	return parts, nil
}

// view2 prints an account as the second version does: the larger parts only if they are asked for.
func (a *account) view2(parts []string) object {
	asked := func(part string) bool { return slices.Contains(parts, part) }
	applied := []string{}
	for of, capability := range map[string]string{"merchant": "card_payments", "recipient": "transfers"} {
		if !a.Off[capability] {
			applied = append(applied, of)
		}
	}
	slices.Sort(applied)
	o := object{
		"id": a.ID, "object": "v2.core.account", "applied_configurations": applied, "closed": a.Rejected, "configuration": nil, "contact_email": orNull(a.Email),
		"created": a.Created.UTC().Format(time.RFC3339), "dashboard": map[string]string{"express": "express", "custom": "none", "standard": "full"}[a.Kind],
		"defaults": nil, "display_name": orNull(a.DisplayName), "identity": nil, "livemode": false, "metadata": metadataView(a.Metadata), "requirements": nil,
	}
	if asked("defaults") {
		o["defaults"] = object{"currency": currencyOf(a.Country), "responsibilities": object{"fees_collector": "application", "losses_collector": "application"}}
	}
	if asked("identity") {
		o["identity"] = object{"country": strings.ToLower(a.Country)}
	}
	if asked("requirements") {
		o["requirements"] = a.requirements2()
	}
	configuration := object{}
	if asked("configuration.recipient") && !a.Off["transfers"] {
		configuration["recipient"] = object{"applied": true, "capabilities": object{"stripe_balance": object{"stripe_transfers": a.capability2("transfers")}}}
	}
	if asked("configuration.merchant") && !a.Off["card_payments"] {
		configuration["merchant"] = object{"applied": true, "capabilities": object{"card_payments": a.capability2("card_payments")}}
	}
	if len(configuration) > 0 {
		o["configuration"] = configuration
	}
	return o
}

func (a *account) capability2(name string) object {
	status, details := a.capability(name), []object{}
	switch {
	case a.Rejected:
		status = "rejected"
		details = append(details, object{"code": "rejected_fraud", "resolution": "contact_stripe"})
	case status == "inactive":
		status = "restricted"
		details = append(details, object{"code": "requirements_past_due", "resolution": "provide_info"})
	}
	return object{"status": status, "status_details": details}
}

// requirements2 is what is asked for, an entry each. The deadline of all is that of the first to be late.
func (a *account) requirements2() object {
	due, late, _ := a.due()
	if len(due) == 0 {
		return object{"entries": []object{}, "summary": nil}
	}
	entries, first := make([]object, len(due)), object{}
	for i, what := range due {
		deadline := object{"status": stage.Or(slices.Contains(late, what), "past_due", "currently_due")}
		if slices.Contains(a.Asked, what) && !a.Deadline.IsZero() {
			deadline["time"] = a.Deadline.UTC().Format(time.RFC3339)
		}
		entries[i] = object{
			"awaiting_action_from": "user", "description": what, "errors": []object{}, "minimum_deadline": deadline,
			"requested_reasons": []object{{"code": "routine_verification"}},
		}
		if i == 0 {
			first = deadline // what is late at once stands in front
		}
	}
	return object{"entries": entries, "summary": object{"minimum_deadline": first}}
}
