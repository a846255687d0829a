// Runs one MongoDB command at a time, over all connections.
//
// FerretDB 1 reads a document, changes it and writes it back without holding anything, so that two
// findAndModify commands at once may both win. Behind this program each command is atomic, as it is
// with mongod. It also ends TLS.
//
//	serialise -listen HOST:PORT -listen-tls HOST:PORT -certificate PEM -key PEM -upstream SOCKET
package main

import (
	"crypto/tls"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
)

const (
	headerBytes     = 16
	messageBytesMax = 48_000_000 + 16*1024 // mongod's own limit: a document, and room around it.
	opMsg           = 2013
	moreToCome      = 2 // Flag of an OP_MSG whose sender wants no answer.
)

var oneCommand sync.Mutex

func readMessage(from io.Reader) ([]byte, error) {
	message := make([]byte, headerBytes)
	if _, err := io.ReadFull(from, message); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(message)
	if size < headerBytes || size > messageBytesMax {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	message = append(message, make([]byte, size-headerBytes)...)
	_, err := io.ReadFull(from, message[headerBytes:])
	return message, err
}

// Clears the flag by which a sender says that it wants no answer; says whether it was set.
func wantsNoAnswer(message []byte) bool {
	if len(message) < headerBytes+4 || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return false
	}
	silent := message[headerBytes]&moreToCome != 0
	message[headerBytes] &^= moreToCome
	return silent
}

// Gives the answer to the message; nil when the sender wants none. FerretDB answers all the same, and
// a driver would take that for the answer to its next command: so it is asked for, and dropped.
func exchange(upstream net.Conn, message []byte) ([]byte, error) {
	silent := wantsNoAnswer(message)
	oneCommand.Lock()
	defer oneCommand.Unlock()
	if _, err := upstream.Write(message); err != nil {
		return nil, err
	}
	answer, err := readMessage(upstream)
	if silent {
		answer = nil
	}
	return answer, err
}

func serve(client net.Conn, socket string) {
	defer client.Close()
	upstream, err := net.Dial("unix", socket)
	if err != nil {
		log.Print(err)
		return
	}
	defer upstream.Close()
	for {
		message, err := readMessage(client)
		if err != nil {
			return
		}
		answer, err := exchange(upstream, message)
		if err != nil {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

func accept(listener net.Listener, socket string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(client, socket)
	}
}

func main() {
	address := flag.String("listen", "", "where to listen")
	tlsAddress := flag.String("listen-tls", "", "where to listen with TLS")
	certificate := flag.String("certificate", "", "file")
	key := flag.String("key", "", "file")
	socket := flag.String("upstream", "", "FerretDB's socket")
	flag.Parse()

	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		log.Fatal(err)
	}
	plain, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	secure, err := tls.Listen("tcp", *tlsAddress, &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		log.Fatal(err)
	}
	go accept(secure, *socket)
	accept(plain, *socket)
}
