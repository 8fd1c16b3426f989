package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// How a full user stands is set by a control, and the calls about them answer so.
func TestConditions(t *testing.T) {
	t.Parallel()
	const status, papers, session = "/me/profile/payout_status", "/me/personal/identity_document/verification_status", "/me/verification_status"
	for condition, want := range map[string]map[string]string{
		`"no_consent":true`:       {status: "unauthorized", "/me/balances": "unauthorized"},
		`"unfinished":true`:       {status: "account_not_finished", "/me/balances": "account_not_finished"},
		`"company":true`:          {"/me/verification_method": "user_is_company", "/me/verification_session": "user_is_company", "/me/verification_session_native": "user_is_company"},
		`"unidentifiable":true`:   {"/me/verification_session": "stripe_identity_not_available"},
		`"payout":"due"`:          {status: `{"status":"due"}`, papers: `{"previously_submitted":false,"status":"unset"}`},
		`"payout":"verifying"`:    {status: `{"status":"verifying"}`, papers: `{"previously_submitted":true,"status":"pending"}`, session: `{"verification_session_id":"vs_sandbox","verification_session_status":"processing"}`},
		`"payout":"complete"`:     {status: `{"status":"complete"}`, papers: `{"previously_submitted":true,"status":"verified"}`, session: `{"verification_session_id":"vs_sandbox","verification_session_status":"verified"}`},
		`"payout":"failed"`:       {status: `{"status":"due"}`, papers: `{"previously_submitted":true,"status":"unverified"}`, session: `{"verification_session_id":"vs_sandbox","verification_session_last_error":{"code":"document_unverified_other","reason":"The document could not be verified."},"verification_session_status":"requires_input"}`},
		`"email":"x@example.com"`: {status: `{"status":"due"}`, "/me/verification_method": `{"message":"","verification_method":"stripe_identity"}`},
	} {
		x := newTester(t, sandbox.Config{})
		if a := x.control("POST", "/users/change", fmt.Sprintf(`{"id":%q,%s}`, fullSeller, condition)); a.status != 200 {
			t.Fatalf("%s: %d %s", condition, a.status, a.body)
		}
		for path, want := range want {
			a := x.api("GET", path, fullSeller, "")
			if code := a.code(); code != "" {
				same(t, condition+" "+path, code, want)
				continue
			}
			same(t, condition+" "+path, compact(t, a.body), want)
		}
	}
	x := newTester(t, sandbox.Config{Users: []sandbox.User{{ID: "firm", Company: true, Country: "ie"}}})
	same(t, "from the start", x.api("GET", "/me/verification_session", "firm", "").code(), "user_is_company")
	same(t, "another word", x.control("POST", "/users/change", `{"id":"firm","payout":"soon"}`).code(), "invalid_user")
	must(t, x.Sandbox.ChangeUser(sandbox.User{ID: "firm"}))
	same(t, "a person after all", x.api("GET", "/me/verification_session", "firm", "").status, 201)
}
