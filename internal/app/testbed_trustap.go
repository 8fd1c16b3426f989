package app

import (
	"encoding/hex"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	plug "github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/sandbox"
)

const webhookUser = "trustap"

func (w *Testbed) newSandbox(c TestbedConfig) (*sandbox.Sandbox, error) {
	config := sandbox.Config{
		SharedWorld: true, Follow: c.Follow, Start: c.Start, Seed: c.Seed, PublicURL: c.SandboxURL, Logger: c.Log,
		WebhookURL: c.URL + "/gateways/trustap/webhooks", WebhookUsername: webhookUser, WebhookPassword: webhookPassword(c),
		FaultTimeout: c.CallTimeout, OnAdvance: []func(time.Time){w.timePassed}, Stops: w.nextDue,
	}
	if c.Sandbox != nil {
		c.Sandbox(&config)
	}
	return sandbox.New(config)
}

// webhookPassword only has to be equal on both sides of one process.
func webhookPassword(c TestbedConfig) string {
	return "dev-" + hex.EncodeToString([]byte(c.SandboxURL))
}

func (w *Testbed) trustapConnection() Connection {
	return Connection{&plug.Settings{
		TrustapURL: w.Config.SandboxURL + "/api/v1", TrustapAPIKey: "sandbox", TrustapClientID: "sandbox", TrustapActionsURL: w.Config.SandboxURL,
		TrustapClientSecret: "sandbox", TrustapLoginURL: w.Config.URL + "/logins/trustap", TrustapIssuer: w.Config.SandboxURL + "/auth/realms/trustap-stage",
		TrustapWebhookUsername: webhookUser, TrustapWebhookPassword: webhookPassword(w.Config),
	}, gateway.Surroundings{Transport: w.Config.Transport, Stranger: w.stranger}}
}

// stranger lets every author be paid except one.
func (w *Testbed) stranger(community int64, user string) (orchestrator.Profile, bool) {
	if user == NoAccount {
		return orchestrator.Profile{}, false
	}
	mailbox := hex.EncodeToString([]byte(user))
	return orchestrator.Profile{
		CommunityID: community, UserID: user, Email: mailbox[:min(len(mailbox), 60)] + "@example.com", FirstName: user, LastName: "Sample",
		CountryCode: "IE", TermsAcceptedAt: w.Sandbox.Now().Add(-time.Minute), TermsIP: "192.0.2.1",
	}, true
}
