package rehearse

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// key is a login key made for one rehearsal and never written down.
type key struct {
	signer     ssh.Signer
	authorized string // a line for authorized_keys
}

func newKey() (key, error) {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return key{}, err
	}
	s, err := ssh.NewSignerFromKey(priv)
	if err != nil {
		return key{}, err
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey()))) + " seedbed-rehearsal"
	return key{s, line}, nil
}

// Login is how to get into a system that an answer file of the user's own
// installs: that file knows nothing of the rehearsal's key.
type Login struct {
	User     string // "" is root
	Password string // "" is by the rehearsal's key
}

func (l Login) user() string {
	if l.User == "" {
		return "root"
	}
	return l.User
}

func (l Login) auth(k key) []ssh.AuthMethod {
	auth := []ssh.AuthMethod{ssh.PublicKeys(k.signer)}
	if l.Password != "" {
		auth = append(auth, ssh.Password(l.Password))
	}
	return auth
}

// dialer reaches the guest over the segment in memory.
type dialer interface {
	DialTCP(context.Context, netip.AddrPort) (net.Conn, error)
}

// login opens an SSH session on the guest and gives what a few harmless
// commands print there: the proof that somebody can work on it.
func login(ctx context.Context, d dialer, to netip.AddrPort, l Login, k key) (*shell, string, error) {
	dial, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	conn, err := d.DialTCP(dial, to)
	if err != nil {
		return nil, "", err
	}
	g := &shell{conn: conn, stop: context.AfterFunc(ctx, func() { conn.Close() })}
	conn.SetDeadline(time.Now().Add(90 * time.Second)) // an emulated sshd takes long over its first key exchange
	// The guest is new and its host key unknown: there is nothing to compare
	// with, and nobody else on a wire that exists in this process only.
	cfg := &ssh.ClientConfig{User: l.user(), Auth: l.auth(k), HostKeyCallback: ssh.InsecureIgnoreHostKey()}
	c, chans, reqs, err := ssh.NewClientConn(conn, to.String(), cfg)
	if err != nil {
		g.close()
		return nil, "", err
	}
	g.client = ssh.NewClient(c, chans, reqs)
	said, err := g.command(`. /etc/os-release; echo "$(id -un)@$(hostname) $PRETTY_NAME, Linux $(uname -r)"`)
	if err != nil {
		g.close()
		return nil, "", fmt.Errorf("running a command over SSH: %w", err)
	}
	return g, said, nil
}

// shell is the installed system, logged in to.
type shell struct {
	conn   net.Conn
	client *ssh.Client
	stop   func() bool
}

func (g *shell) close() {
	g.stop()
	if g.client != nil {
		g.client.Close()
	}
	g.conn.Close()
}

// command runs one line of shell; the text is all that it printed.
func (g *shell) command(line string) (string, error) {
	s, err := g.client.NewSession()
	if err != nil {
		return "", err
	}
	defer s.Close()
	out, err := s.CombinedOutput(line)
	return strings.TrimSpace(string(out)), err
}
