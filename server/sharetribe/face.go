// Package sharetribe is the API of the customer's transaction document.
package sharetribe

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	noPayment "github.com/handsel-dev/handsel/orchestrator/process/none"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// engine is what the customer's transaction face asks of the engine, by role.
type engine struct {
	deal.Commands
	deal.Reads
	payees
}

// payees tells who can be paid.
type payees interface {
	CanReceive(ctx context.Context, gateway string, community int64, user string) (bool, error)
}

// face is the API of the customer's transaction document, under
// /transactions/v1 and /conversations/v1: names, shapes and integer ids are the
// document's.
type face struct {
	*deal.Kit
	engine    engine
	processes *process.Registry
}

// Face is the face with all its routes.
func Face(k *deal.Kit) web.Face {
	f := face{Kit: k, engine: engine{k.Engine, k.Engine, k.Engine}, processes: k.Engine.Processes()}
	return web.Face{Tag: "sharetribe", Routes: f.routes()}
}

func (f face) routes() []web.Route {
	const get, post, base = http.MethodGet, http.MethodPost, "/transactions/v1/"
	routes := []web.Route{
		{
			Method: post, Path: "/conversations/v1/{conversation_id}/messages", Access: web.Writing, Keying: web.KeyHonoured,
			Name: "sharetribe.createMessage", Summary: "Post a message", Body: web.JSON[legacyMessage](), Answer: web.JSON[legacyMessageAnswer](), Status: http.StatusCreated,
			Serve: f.Backend(f.say),
		},
		{
			Method: get, Path: base + "can_start_transaction", Access: web.Reading,
			Name: "sharetribe.canStart", Summary: "Ask whether an author can be paid, in the query or in the body", Query: []string{"payment_gateway", "community_id", "listing_author_id"}, Body: web.MaybeJSON[startQuestion](), Answer: web.JSON[canStartOut](),
			Serve: f.Backend(f.canStart),
		},
		{
			Method: post, Path: base + "create", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Start a transaction", Dry: true, Body: web.JSON[start](), Answer: web.JSON[dealOut](), Status: http.StatusCreated,
			Serve: f.Backend(f.create),
		},
		{
			Method: get, Path: base + "{id}", Access: web.Reading,
			Summary: "Read a transaction", Answer: web.JSON[dealOut](),
			Serve: f.Backend(f.reading(f.engine.Read)),
		},
		{
			Method: post, Path: base + "{id}/refresh", Access: web.Reading, Repeats: web.LooksOnly,
			Summary: "Look a transaction up at its gateway now, and read it", Answer: web.JSON[dealOut](),
			Serve: f.Backend(f.reading(f.engine.Refresh)),
		},
	}
	for _, name := range slices.Sorted(maps.Keys(legacyOperations)) {
		op := legacyOperations[name]
		routes = append(routes, web.Route{
			Method: post, Path: base + "{id}/" + name, Access: web.Writing, Keying: web.KeyHonoured,
			Summary: op.summary, Dry: true, Body: op.body, Answer: web.JSON[dealOut](),
			Serve: f.Backend(f.operate(name, op)),
		})
	}
	return routes
}

// legacyProcesses are those that this face opens: the document's, and escrow.
var legacyProcesses = []string{noPayment.Name, preauthorize.Name, postpay.Name, escrowonline.Name}

// legacyOperation is one of the document's operations.
type legacyOperation struct {
	// means is the transition that it is in each process. A process that is not
	// there does not have the operation: an illegal transition.
	means   meanings
	read    func(body []byte) (operationFields, error)
	summary string
	body    *web.Payload
}

// operationFields are the gateway_fields of an operation.
type operationFields interface {
	// input is what they say to the transition of a transaction.
	input(tx orchestrator.Transaction) (map[string]string, error)
}

// operationIn is the body of an operation. A reason is additive: staff has to give one.
type operationIn[T operationFields] struct {
	GatewayFields T      `json:"gateway_fields"`
	Reason        string `json:"reason,omitzero"`
}

// explained are fields with a reason.
type explained struct {
	operationFields
	reason string
}

func (e explained) input(tx orchestrator.Transaction) (map[string]string, error) {
	in, err := e.operationFields.input(tx)
	if err != nil || e.reason == "" {
		return in, err
	}
	with := map[string]string{"reason": e.reason}
	maps.Copy(with, in)
	return with, web.Text("reason", e.reason, web.MaxText)
}

type meanings map[string]process.Transition

var legacyOperations = map[string]legacyOperation{
	"reject": {
		meanings{preauthorize.Name: preauthorize.Reject, postpay.Name: postpay.Reject}, readFields[none], "Reject a transaction", web.MaybeJSON[bare](),
	},
	"complete_preauthorization": {
		meanings{preauthorize.Name: preauthorize.CompletePreauthorization}, readFields[none], "Take the reserved money", web.MaybeJSON[bare](),
	},
	"invoice":     {meanings{postpay.Name: postpay.Invoice}, readFields[invoiceFieldsIn], "Send the invoice", web.JSON[invoicing]()},
	"pay_invoice": {meanings{postpay.Name: postpay.PayInvoice}, readFields[paymentFieldsIn], "Pay the invoice", web.MaybeJSON[paying]()},
	"complete": {
		meanings{preauthorize.Name: settlement.Complete, postpay.Name: settlement.Complete, escrowonline.Name: escrow.EndComplaintPeriod}, readFields[none],
		"Complete a transaction", web.MaybeJSON[bare](),
	},
	"cancel": {
		meanings{preauthorize.Name: settlement.Cancel, postpay.Name: settlement.Cancel, escrowonline.Name: escrow.Cancel}, readFields[none], "Cancel a transaction", web.MaybeJSON[bare](),
	},
}

// The bodies of operations under the names that the description has for them.
type (
	invoicing operationIn[invoiceFieldsIn]
	paying    operationIn[paymentFieldsIn]
	bare      struct {
		GatewayFields web.NoFields `json:"gateway_fields"`
		Reason        string       `json:"reason"`
	}
)

// none are the fields of an operation that has none.
type none struct{}

func (none) input(orchestrator.Transaction) (map[string]string, error) { return nil, nil }

// readFields reads the body of an operation, which may be left out.
func readFields[T operationFields](body []byte) (operationFields, error) {
	var in operationIn[T]
	if len(body) == 0 {
		return in.GatewayFields, nil
	}
	err := web.Decode(body, web.InEveryString, &in)
	return explained{in.GatewayFields, in.Reason}, err
}

// operate is the handler of an operation.
func (f face) operate(name string, op legacyOperation) func(*gin.Context, deal.Caller) error {
	return func(c *gin.Context, who deal.Caller) error {
		body, err := web.ReadBody(c, f.MaxBody)
		if err != nil {
			return err
		}
		fields, err := op.read(body)
		if err != nil {
			return err
		}
		id, err := legacyID(c, "id")
		if err != nil {
			return err
		}
		tx, err := f.engine.Find(c.Request.Context(), who.Community(), id, who.Actor)
		if err != nil {
			return err
		}
		in := orchestrator.DoInput{CommunityID: who.Community(), TransactionID: id, Actor: who.Actor, RequestID: web.RequestID(c)}
		transition, ok := op.means[processName(tx)]
		if !ok {
			err = f.illegal(tx, name)
			if who.DryRun {
				return f.Foresee(c, f.words(), orchestrator.Preview{Transition: process.Transition(name), From: tx.State, Transaction: tx}, err)
			}
			return err
		}
		in.Transition = transition
		if in.Input, err = fields.input(tx); err != nil {
			return err
		}
		return f.Once(c, f.step(c, who, body, in))
	}
}

// step is the command of an operation.
func (f face) step(c *gin.Context, who deal.Caller, body []byte, in orchestrator.DoInput) deal.Command {
	cmd := f.command(who, http.StatusOK, body)
	cmd.Run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return f.engine.Do(c.Request.Context(), in)
	}
	cmd.Dry = func() (orchestrator.Preview, error) { return f.engine.DryRun(c.Request.Context(), in) }
	return cmd
}

func (f face) illegal(tx orchestrator.Transaction, operation string) error {
	return fault.New(fault.Conflict, "illegal_transition", "a transaction of process %s has no %s", processName(tx), operation).
		With("current_state", f.label(tx)).With("transition", operation)
}

// words are those of the document: its labels of states.
func (f face) words() deal.Words {
	w := deal.PlainWords()
	w.State = func(tx orchestrator.Transaction, s process.State) string {
		tx.State = s
		return f.label(tx)
	}
	return w
}

func (f face) command(who deal.Caller, status int, body []byte) deal.Command {
	return deal.Command{
		Who: who, Body: body, Status: status, Words: f.words(),
		ID:   func(id int64) any { return id },
		View: func(tx orchestrator.Transaction) any { return f.show(tx, who.Actor) },
	}
}

// processName is the name without the version.
func processName(tx orchestrator.Transaction) string {
	name, _, _ := strings.Cut(tx.Process, "@")
	return name
}

// label is the state's name in the document.
func (f face) label(tx orchestrator.Transaction) string {
	p, err := f.processes.Find(tx.Process)
	if err != nil {
		return string(tx.State)
	}
	return p.Label(tx.State)
}

// legacyID reads an integer id in the path. What is none is answered like an id
// that names nothing.
func legacyID(c *gin.Context, name string) (int64, error) {
	text := c.Param(name)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, process.NotFound()
	}
	return id, nil
}

// reading shows a transaction as a way to read it returns it: as it stands, or looked up
// at its gateway now.
func (f face) reading(read func(context.Context, int64, int64, process.Actor) (orchestrator.Transaction, error)) func(*gin.Context, deal.Caller) error {
	return func(c *gin.Context, who deal.Caller) error {
		id, err := legacyID(c, "id")
		if err != nil {
			return err
		}
		tx, err := read(c.Request.Context(), who.Community(), id, who.Actor)
		if err != nil {
			return err
		}
		return web.Send(c, http.StatusOK, f.show(tx, who.Actor))
	}
}
