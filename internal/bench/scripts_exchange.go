package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	deposits "github.com/handsel-dev/handsel/orchestrator/process/balance"
)

// exchangeScript is a whole order on the exchange: taken, paid, received. Either
// every buyer has a seller of their own, or all buy from one.
func exchangeScript(name string, oneSeller bool) Script {
	m := &traders{oneSeller: oneSeller}
	return Script{name, m.prepare, m.play}
}

// traders are buyers with the ads that they buy from.
type traders struct {
	oneSeller bool
	buyers    []string // tokens
	sellers   []string
	ads       []int64
}

func (m *traders) prepare(ctx context.Context, p *plant, workers int) error {
	m.buyers, m.sellers, m.ads = nil, nil, nil
	for i := range workers {
		buyer, err := p.Token(trader(i, "b"))
		if err != nil {
			return err
		}
		m.buyers = append(m.buyers, buyer)
		if m.oneSeller && i > 0 {
			m.sellers, m.ads = append(m.sellers, m.sellers[0]), append(m.ads, m.ads[0])
			continue
		}
		if err := m.addSeller(ctx, p, trader(i, "a")); err != nil {
			return err
		}
	}
	return nil
}

func trader(i int, side string) app.SampleUser {
	return app.SampleUser{ID: fmt.Sprintf("00000000-0000-4000-8000-%s%011d", side, i), Name: "Trader"}
}

func (m *traders) addSeller(ctx context.Context, p *plant, u app.SampleUser) error {
	token, err := p.Token(u)
	if err != nil {
		return err
	}
	_, err = p.Engine.Create(ctx, orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: deposits.DepositName, Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: "bench"},
		Starter: u.ID, Author: u.ID, Title: deposits.DepositName, UnitPrice: money.New(1_000_000_000_000, "RUB"), Input: map[string]string{"reason": "to be spent"},
	})
	if err != nil {
		return err
	}
	var ad struct {
		ID int64 `json:"id"`
	}
	err = p.call(ctx, token, http.MethodPost, "/api/v1/p2p/ads", u.ID, `{"type":"sell","fiat_currency":"RUB","exchange_rate":100,
		"min_amount":1000,"max_amount":1000000,"total_amount":900000000000,"payment_methods":["card"]}`, &ad)
	m.sellers, m.ads = append(m.sellers, token), append(m.ads, ad.ID)
	return err
}

func (m *traders) play(ctx context.Context, p *plant, worker, n int) error {
	key := fmt.Sprintf("%d-%d", worker, n)
	var order struct {
		ID int64 `json:"id"`
	}
	if err := m.step(ctx, p, m.buyers[worker], "/api/v1/p2p/orders", key, fmt.Sprintf(`{"ad_id":%d,"usdt_amount":1000,"payment_method":"card"}`, m.ads[worker]), &order); err != nil {
		return err
	}
	path := fmt.Sprintf("/api/v1/p2p/orders/%d/", order.ID)
	var after struct {
		Status string `json:"status"`
	}
	if err := m.step(ctx, p, m.buyers[worker], path+"confirm-paid", key+"-p", "", &after); err != nil {
		return err
	}
	if err := m.step(ctx, p, m.sellers[worker], path+"confirm-received", key+"-r", "", &after); err != nil {
		return err
	}
	if after.Status != "completed" {
		return fmt.Errorf("the order is %s", after.Status)
	}
	return nil
}

// step makes a request and notes how long it took.
func (m *traders) step(ctx context.Context, p *plant, token, path, key, body string, into any) error {
	began := time.Now()
	err := p.call(ctx, token, http.MethodPost, path, key, body, into)
	took := time.Since(began)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, took)
	return err
}
