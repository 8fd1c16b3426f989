package orchestrator

import "context"

// Do takes a transition of a transaction. Of several callers at the same moment
// exactly one wins; the others get the reason why the transition is no longer
// possible.
func (e *Engine) Do(ctx context.Context, in DoInput) (Result, error) {
	o := newOrder(in.Actor, in.Input, in.RequestID, in.Key)
	o.reserve, o.message, o.due = in.Reserve, in.Message, in.due
	o.asked, o.approval = asked{Do: &in, Actor: in.Actor}, in.approval
	var tx Transaction
	var intent *Intent
	looked := false
	err := retry(func() error {
		before, decision, err := e.decide(ctx, in)
		if err != nil && !looked {
			looked = true
			before, decision, err = e.decideAfterLook(ctx, before, in, err)
		}
		if err != nil {
			return err
		}
		if err = e.payableWith(before, decision, in.Input); err != nil {
			tx = before
			return err
		}
		tx, intent, err = e.accept(ctx, before, decision, o)
		return err
	})
	result, err := e.finish(ctx, tx, intent, err, o)
	return e.answer(ctx, in.Key, result, err)
}
