// Go's net/http: so many goroutines that share a counter. go_net_http URL CREATES AT_ONCE
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type entity struct {
	AppName       string `json:"appName"`
	BackupsetName string `json:"backupsetName"`
	ClientName    string `json:"clientName"`
	InstanceName  string `json:"instanceName"`
}

type plan struct {
	PlanName string `json:"planName"`
}

type create struct {
	Association struct {
		Entity []entity `json:"entity"`
	} `json:"association"`
	Info struct {
		Plan plan `json:"planEntity"`
	} `json:"backupSetInfo"`
}

type answer struct {
	Response []struct {
		ErrorCode int `json:"errorCode"`
	} `json:"response"`
}

func send(client *http.Client, url string, number int) error {
	name, on := fmt.Sprintf("FS_Wave_%07d", number), fmt.Sprintf("client%04d", number%500)
	var wanted create
	wanted.Association.Entity = []entity{{"File System", name, on, "DefaultInstanceName"}}
	wanted.Info.Plan = plan{"Gold"}
	body, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, url+"/Backupset", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authtoken", "QSDK 3bench")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var told answer
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || len(told.Response) != 1 || told.Response[0].ErrorCode != 0 {
		return fmt.Errorf("a create was refused")
	}
	return nil
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	url, rows, atOnce := os.Args[1], int64(number(os.Args[2])), number(os.Args[3])
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: atOnce, MaxIdleConnsPerHost: atOnce}}
	var next int64 = -1
	var all sync.WaitGroup
	began := time.Now()
	for worker := 0; worker < atOnce; worker++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				mine := atomic.AddInt64(&next, 1)
				if mine >= rows {
					return
				}
				if err := send(client, url, int(mine)); err != nil {
					log.Fatal(err)
				}
			}
		}()
	}
	all.Wait()
	fmt.Println(time.Since(began).Seconds())
}
