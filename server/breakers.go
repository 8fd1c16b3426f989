package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// breakers shows the state of every gateway's breaker at the moment it is asked.
type breakers struct {
	states func() map[string]orchestrator.Breaker
	desc   *prometheus.Desc
}

// WatchBreakers registers handsel_gateway_breaker, which is 1 for the state that a
// gateway's breaker is in.
func WatchBreakers(r prometheus.Registerer, states func() map[string]orchestrator.Breaker) error {
	return web.Register(r, breakers{states, prometheus.NewDesc("handsel_gateway_breaker",
		"1 for the state of a gateway's breaker. While it is open, due work of that gateway waits.", []string{"gateway", "state"}, nil)})
}

// Describe implements prometheus.Collector.
func (b breakers) Describe(to chan<- *prometheus.Desc) { to <- b.desc }

// Collect implements prometheus.Collector.
func (b breakers) Collect(to chan<- prometheus.Metric) {
	for gateway, now := range b.states() {
		for _, s := range []orchestrator.Breaker{orchestrator.BreakerClosed, orchestrator.BreakerHalfOpen, orchestrator.BreakerOpen} {
			if s == now {
				to <- prometheus.MustNewConstMetric(b.desc, prometheus.GaugeValue, 1, gateway, string(s))
				continue
			}
			to <- prometheus.MustNewConstMetric(b.desc, prometheus.GaugeValue, 0, gateway, string(s))
		}
	}
}
