package facetest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wsDriver opens websockets with another implementation than the server's. Each line
// of its input is a command, each line of its output something that happened to
// a websocket. It ends when its input does.
const wsDriver = `
const WebSocket = require('ws');
const say = (o) => process.stdout.write(JSON.stringify(o) + '\n');
const open = {};
require('readline').createInterface({input: process.stdin}).on('line', (line) => {
  const {id, url, headers, send, terminate, pause} = JSON.parse(line);
  if (url) {
    const ws = open[id] = new WebSocket(url, {headers});
    ws.on('open', () => say({id, event: 'open'}));
    ws.on('message', (data, binary) => say({id, event: 'message', binary, data: data.toString()}));
    ws.on('close', (code, reason) => say({id, event: 'close', code, data: reason.toString()}));
    ws.on('unexpected-response', (request, response) => {
      const chunks = [];
      response.on('data', (c) => chunks.push(c));
      response.on('end', () => say({id, event: 'refused', code: response.statusCode, data: Buffer.concat(chunks).toString()}));
    });
    ws.on('error', () => {});
  }
  if (send !== undefined) open[id].send(send);
  if (terminate) open[id].terminate();
  if (pause) open[id].pause();
}).on('close', () => process.exit(0));
say({id: 0, event: 'ready'});
`

// WSEvent is what happened to a websocket.
type WSEvent struct {
	ID     int64  `json:"id"`
	Event  string `json:"event"` // open, message, close, refused
	Code   int    `json:"code"`  // of close, or the HTTP status of refused
	Data   string `json:"data"`
	Binary bool   `json:"binary"`
}

// wsClients is the running driver.
type wsClients struct {
	input  io.Writer
	mu     sync.Mutex
	events map[int64]chan WSEvent
	next   atomic.Int64
}

// driver starts the clients when a test first needs them.
var driver = sync.OnceValues(startClients)

func startClients() (*wsClients, error) {
	dir, err := os.MkdirTemp("", "handsel-ws-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the driver has read it all when it is ready
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "ws@8.18.3")
	if output, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm install (node and npm are needed): %w\n%s", err, output)
	}
	if err := os.WriteFile(filepath.Join(dir, "driver.js"), []byte(wsDriver), 0o600); err != nil {
		return nil, err
	}
	node := exec.Command("node", "driver.js")
	node.Dir, node.Stderr = dir, os.Stderr
	input, err := node.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := node.Start(); err != nil {
		return nil, err
	}
	c := &wsClients{input: input, events: map[int64]chan WSEvent{0: make(chan WSEvent, 1)}}
	go c.listen(output)
	if e, ok := <-c.events[0]; !ok || e.Event != "ready" {
		return nil, fmt.Errorf("the driver answers %+v", e)
	}
	return c, nil
}

// listen hands out what the driver tells.
func (c *wsClients) listen(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e WSEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		c.mu.Lock()
		events := c.events[e.ID]
		c.mu.Unlock()
		events <- e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, events := range c.events {
		close(events)
	}
}

// WSClient is one websocket of the driver.
type WSClient struct {
	t      *testing.T
	id     int64
	all    *wsClients
	events chan WSEvent
}

type WsCommand struct {
	ID        int64             `json:"id"`
	URL       string            `json:"url,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	Send      *string           `json:"send,omitempty"`
	Terminate bool              `json:"terminate,omitempty"`
	Pause     bool              `json:"pause,omitempty"`
}

// Dial opens a websocket.
func Dial(t *testing.T, url string, headers map[string]string) *WSClient {
	t.Helper()
	all, err := driver()
	if err != nil {
		t.Fatal(err)
	}
	c := &WSClient{t: t, id: all.next.Add(1), all: all, events: make(chan WSEvent, 10_000)}
	all.mu.Lock()
	all.events[c.id] = c.events
	all.mu.Unlock()
	c.Command(WsCommand{URL: url, Headers: headers})
	t.Cleanup(func() { c.Command(WsCommand{Terminate: true}) })
	return c
}

func (c *WSClient) Command(cmd WsCommand) {
	c.t.Helper()
	cmd.ID = c.id
	line, err := json.Marshal(cmd)
	if err != nil {
		c.t.Fatal(err)
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if _, err := c.all.input.Write(append(line, '\n')); err != nil {
		c.t.Error(err)
	}
}

func (c *WSClient) Send(text string) {
	c.t.Helper()
	c.Command(WsCommand{Send: &text})
}

// Next waits for the next event, which must be of a kind.
func (c *WSClient) Next(kind string) WSEvent {
	c.t.Helper()
	select {
	case e, ok := <-c.events:
		if !ok || e.Event != kind {
			c.t.Fatalf("%+v happened, want %s", e, kind)
		}
		return e
	case <-time.After(time.Minute):
		c.t.Fatalf("nothing happened, want %s", kind)
	}
	return WSEvent{}
}

// Message is the next message as an answer, to look into.
func (c *WSClient) Message() Answer {
	c.t.Helper()
	e := c.Next("message")
	if e.Binary {
		c.t.Error("a binary message")
	}
	return Answer{T: c.t, Body: e.Data}
}

// Ends checks how the websocket ends, and why where a test names the reason.
func (c *WSClient) Ends(code int, reason ...string) {
	c.t.Helper()
	if e := c.Next("close"); e.Code != code || len(reason) > 0 && e.Data != reason[0] {
		c.t.Errorf("closed with %d (%s), want %d %v", e.Code, e.Data, code, reason)
	}
}

// Refused checks that the websocket does not open.
func (c *WSClient) Refused(status int) Answer {
	c.t.Helper()
	e := c.Next("refused")
	return Answer{T: c.t, Status: e.Code, Body: e.Data}.Is(status)
}
