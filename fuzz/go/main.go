// Reads requests, one a line, and says of each what Go says.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadString('\n')
		if line == "" && err != nil {
			return
		}
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		said, aerr := answer(f)
		if aerr != nil {
			fmt.Fprintf(out, "no\t%s\n", strings.ReplaceAll(aerr.Error(), "\n", " "))
		} else {
			fmt.Fprintf(out, "ok\t%s\n", said)
		}
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

func b(s string) []byte { d, _ := base64.StdEncoding.DecodeString(s); return d }

func answer(f []string) (string, error) {
	switch f[0] {
	case "parse":
		c, err := x509.ParseCertificate(b(f[1]))
		if err != nil {
			return "", err
		}
		s := ""
		for _, u := range c.URIs {
			s += u.String() + " "
		}
		return fmt.Sprintf("%q %q %v", c.Subject.CommonName, s, c.UnhandledCriticalExtensions), nil
	case "url":
		u, err := url.Parse(string(b(f[1])))
		if err != nil {
			return "", err
		}
		return u.String(), nil
	case "pem":
		rest := b(f[1])
		s := ""
		for {
			var p *pem.Block
			p, rest = pem.Decode(rest)
			if p == nil {
				return s, nil
			}
			s += fmt.Sprintf("%s %d %s,", hex.EncodeToString([]byte(p.Type)), len(p.Headers), hex.EncodeToString(p.Bytes))
		}
	case "pair":
		_, err := tls.X509KeyPair(b(f[1]), b(f[2]))
		return "", err
	case "connect": // side, name, unix time, ca, cert, key
		return "", connect(f[1], f[2], f[3], b(f[4]), b(f[5]), b(f[6]))
	}
	return "", errors.New("?")
}

func connect(side, name, at string, ca, cert, key []byte) error {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return errors.New("unable to load root certificates")
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("READ: %w", err)
	}
	sec, _ := strconv.ParseInt(at, 10, 64)
	now := func() time.Time { return time.Unix(sec, 0) }
	a, z := net.Pipe()
	a.SetDeadline(time.Now().Add(5 * time.Second))
	z.SetDeadline(time.Now().Add(5 * time.Second))
	defer a.Close()
	defer z.Close()
	client := &tls.Config{RootCAs: pool, ServerName: name, Time: now}
	server := &tls.Config{Certificates: []tls.Certificate{pair}, Time: now}
	s := tls.Server(z, server)
	c := tls.Client(a, client)
	done := make(chan error, 1)
	go func() {
		err := s.Handshake()
		if err == nil {
			s.Write([]byte("x"))
		} else {
			z.Close()
		}
		done <- err
	}()
	err = c.Handshake()
	if err == nil {
		_, err = io.ReadFull(c, make([]byte, 1))
	}
	a.Close()
	serr := <-done
	if err != nil {
		if serr != nil && (err == io.EOF || strings.Contains(err.Error(), "closed")) {
			return fmt.Errorf("server: %w", serr)
		}
		return err
	}
	return nil
}
