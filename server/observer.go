package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// Observer counts what an engine does. It is safe for concurrent use.
type Observer struct {
	now         func() time.Time
	transitions *prometheus.CounterVec
	calls       *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	late        *prometheus.HistogramVec
	stopped     *prometheus.CounterVec
	forged      *prometheus.CounterVec
	recovery    prometheus.Gauge
	tasks       *prometheus.GaugeVec
	oldest      *prometheus.GaugeVec
}

var _ orchestrator.Observer = (*Observer)(nil)

// NewObserver registers the engine's metrics. now is real time for measuring how
// long gateways take; nil is time.Now.
func NewObserver(r prometheus.Registerer, now func() time.Time) (*Observer, error) {
	if now == nil {
		now = time.Now
	}
	o := &Observer{
		now: now,
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "handsel_transitions_total", Help: "Commits, by the state they led to.",
		}, []string{"process", "transition", "to"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "handsel_gateway_calls_total", Help: "Operations asked of gateways, by outcome.",
		}, []string{"gateway", "verb", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "handsel_gateway_call_seconds", Help: "Time of one operation at a gateway.",
		}, []string{"gateway", "verb"}),
		late: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "handsel_timer_late_seconds", Help: "How long after its due time a timer fired.",
			Buckets: []float64{0.1, 1, 5, 15, 60, 300, 3600},
		}, []string{"timer"}),
		stopped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "handsel_money_stopped_total", Help: "Operations that would have let money leave and were not sent, by reason.",
		}, []string{"gateway", "reason"}),
		forged: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "handsel_forged_references_total", Help: "Payments that bear a reference which looks like ours and is not.",
		}, []string{"gateway"}),
		recovery: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "handsel_recovery_mode", Help: "1 while nothing is sent because the database is behind its gateways.",
		}),
		tasks: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "handsel_tasks", Help: "What needs a person, by kind, up to 1000 of each.",
		}, []string{"kind"}),
		oldest: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "handsel_tasks_oldest_seconds", Help: "Age of the oldest task of a kind.",
		}, []string{"kind"}),
	}
	return o, web.Register(r, o.transitions, o.calls, o.seconds, o.late, o.stopped, o.forged, o.recovery, o.tasks, o.oldest)
}

// Committed counts a commit.
func (o *Observer) Committed(process string, transition process.Transition, to process.State) {
	o.transitions.WithLabelValues(process, string(transition), string(to)).Inc()
}

// Calling measures a gateway operation from now until the returned function is called.
func (o *Observer) Calling(gateway string, verb process.Verb) func(process.Status) {
	start := o.now()
	return func(status process.Status) {
		o.calls.WithLabelValues(gateway, string(verb), string(status)).Inc()
		o.seconds.WithLabelValues(gateway, string(verb)).Observe(o.now().Sub(start).Seconds())
	}
}

// Fired notes how late a timer fired.
func (o *Observer) Fired(timer process.TimerName, late time.Duration) {
	o.late.WithLabelValues(string(timer)).Observe(late.Seconds())
}

// Stopped counts money that was held back.
func (o *Observer) Stopped(gateway string, reason fault.Reason) {
	o.stopped.WithLabelValues(gateway, string(reason)).Inc()
}

// Forged counts a reference that somebody else wrote.
func (o *Observer) Forged(gateway string) { o.forged.WithLabelValues(gateway).Inc() }

// Recovering shows whether the database is in the mode of recovery.
func (o *Observer) Recovering(on bool) {
	o.recovery.Set(0)
	if on {
		o.recovery.Set(1)
	}
}

// Tasks shows how much needs a person.
func (o *Observer) Tasks(now time.Time, counts []orchestrator.TaskCount) {
	for _, kind := range orchestrator.TaskKinds() {
		o.tasks.WithLabelValues(string(kind)).Set(0)
		o.oldest.WithLabelValues(string(kind)).Set(0)
	}
	for _, c := range counts {
		o.tasks.WithLabelValues(string(c.Kind)).Set(float64(c.Count))
		o.oldest.WithLabelValues(string(c.Kind)).Set(now.Sub(c.Oldest).Seconds())
	}
}
