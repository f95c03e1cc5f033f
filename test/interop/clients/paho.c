/*
 * libpaho-mqtt as a program, for the conversations of test/interop/clients.
 *   paho listen -p port -V 4|5 -i id -q qos -k seconds [-c] [-x expiry] [-u user -P password] [-w will topic] [-U filter] filter ...
 *   paho send   -p port -V 4|5 -i id -q qos [-r] topic < payload
 * `listen` prints a line for each message, as program.ts reads them, and leaves at SIGTERM. Exit code 1: the library failed.
 */
#include <MQTTClient.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { connectTimeoutS = 20, answerTimeoutMs = 20000, payloadBytesMax = 4 * 1024 * 1024 };

struct arguments {
  int port, version, qos, keepAliveS, isKept, isRetained;
  unsigned expiryS;
  const char *id, *user, *password, *willTopic, *unsubscribe;
  char **rest;
};

static volatile sig_atomic_t isLeaving;

static void onTerm(int signal) {
  (void)signal;
  isLeaving = 1;
}

static void onLost(void *context, char *cause) {
  (void)context;
  (void)cause;
  isLeaving = 1;
}

static int onMessage(void *context, char *topic, int topicLength, MQTTClient_message *message) {
  const unsigned char *payload = message->payload;
  (void)context;
  (void)topicLength;
  printf("M %d %d ", message->qos, message->retained);
  for (int at = 0; at < message->payloadlen; at++) printf("%02x", payload[at]);
  printf(" %s\n", topic);
  fflush(stdout);
  MQTTClient_freeMessage(&message);
  MQTTClient_free(topic);
  return 1;
}

static void demand(int code, const char *what) {
  if (code == MQTTCLIENT_SUCCESS) return;
  fprintf(stderr, "%s: %d\n", what, code);
  exit(1);
}

/* Reason codes below 0x80 are successes. */
static void demand5(MQTTResponse response, const char *what) {
  if ((int)response.reasonCode < 0 || (int)response.reasonCode >= 0x80) demand((int)response.reasonCode, what);
  MQTTResponse_free(response);
}

static MQTTClient join(const struct arguments *a) {
  MQTTClient client;
  char address[64];
  MQTTClient_createOptions creation = MQTTClient_createOptions_initializer;
  MQTTClient_connectOptions old = MQTTClient_connectOptions_initializer, new = MQTTClient_connectOptions_initializer5;
  MQTTClient_connectOptions *options = a->version == 5 ? &new : &old;
  MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
  snprintf(address, sizeof address, "tcp://127.0.0.1:%d", a->port);
  creation.MQTTVersion = a->version == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
  demand(MQTTClient_createWithOptions(&client, address, a->id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &creation), "create");
  demand(MQTTClient_setCallbacks(client, NULL, onLost, onMessage, NULL), "callbacks");
  options->MQTTVersion = creation.MQTTVersion;
  options->keepAliveInterval = a->keepAliveS;
  options->connectTimeout = connectTimeoutS;
  options->username = a->user;
  options->password = a->password;
  if (a->version == 5) options->cleanstart = !a->isKept;
  else options->cleansession = !a->isKept;
  if (a->willTopic != NULL) {
    will.topicName = a->willTopic;
    will.message = "will";
    will.qos = 1;
    options->will = &will;
  }
  if (a->version == 5) {
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty expiry = { .identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = a->expiryS };
    if (a->expiryS > 0) demand(MQTTProperties_add(&properties, &expiry), "session expiry");
    demand5(MQTTClient_connect5(client, options, &properties, NULL), "connect");
  } else demand(MQTTClient_connect(client, options), "connect");
  return client;
}

static void leave(const struct arguments *a, MQTTClient client) {
  if (MQTTClient_isConnected(client)) {
    if (a->version == 5) MQTTClient_disconnect5(client, answerTimeoutMs, MQTTREASONCODE_NORMAL_DISCONNECTION, NULL);
    else MQTTClient_disconnect(client, answerTimeoutMs);
  }
  MQTTClient_destroy(&client);
}

static void listenUntilTerm(const struct arguments *a) {
  MQTTClient client = join(a);
  if (a->unsubscribe != NULL) {
    if (a->version == 5) demand5(MQTTClient_unsubscribe5(client, a->unsubscribe, NULL), "unsubscribe");
    else demand(MQTTClient_unsubscribe(client, a->unsubscribe), "unsubscribe");
  }
  for (char **filter = a->rest; *filter != NULL; filter++) {
    if (a->version == 5) demand5(MQTTClient_subscribe5(client, *filter, a->qos, NULL, NULL), "subscribe");
    else demand(MQTTClient_subscribe(client, *filter, a->qos), "subscribe");
  }
  while (!isLeaving) usleep(2000);
  leave(a, client);
}

static void sendInput(const struct arguments *a) {
  char *payload = malloc(payloadBytesMax);
  size_t length = payload == NULL ? 0 : fread(payload, 1, payloadBytesMax, stdin);
  MQTTClient client = join(a);
  MQTTClient_deliveryToken token;
  if (a->version == 5) demand5(MQTTClient_publish5(client, a->rest[0], (int)length, payload, a->qos, a->isRetained, NULL, &token), "publish");
  else demand(MQTTClient_publish(client, a->rest[0], (int)length, payload, a->qos, a->isRetained, &token), "publish");
  demand(MQTTClient_waitForCompletion(client, token, answerTimeoutMs), "acknowledgement");
  leave(a, client);
  free(payload);
}

int main(int count, char **values) {
  struct arguments a = { .version = 4, .keepAliveS = 60, .id = "" };
  int option;
  if (count < 3) return 2;
  signal(SIGTERM, onTerm);
  optind = 2;
  while ((option = getopt(count, values, "p:V:i:q:k:x:u:P:w:U:cr")) != -1) {
    switch (option) {
      case 'p': a.port = atoi(optarg); break;
      case 'V': a.version = atoi(optarg); break;
      case 'i': a.id = optarg; break;
      case 'q': a.qos = atoi(optarg); break;
      case 'k': a.keepAliveS = atoi(optarg); break;
      case 'x': a.expiryS = (unsigned)atoi(optarg); break;
      case 'u': a.user = optarg; break;
      case 'P': a.password = optarg; break;
      case 'w': a.willTopic = optarg; break;
      case 'U': a.unsubscribe = optarg; break;
      case 'c': a.isKept = 1; break;
      case 'r': a.isRetained = 1; break;
      default: return 2;
    }
  }
  a.rest = values + optind;
  if (strcmp(values[1], "listen") == 0) listenUntilTerm(&a);
  else sendInput(&a);
  return 0;
}
