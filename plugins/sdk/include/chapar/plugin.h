/* chapar/plugin.h: the border between chapard and a channel plugin. C11; C++ authors use chapar/plugin.hpp.
 *
 * Changes
 *   1.0  2026-11  first release
 *   1.1  2026-11  chapar_host_api: emit_then
 *   1.2  2026-11  chapar_message: flags; chapar_transfer: flags
 *   1.3  2026-11  chapar_message: within_ms; chapar_event: cost
 *   1.4  2026-11  chapar_message: copies; chapar_traits: CHAPAR_CARRIES_COPIES; chapar_transfer: CHAPAR_COPIES;
 *                 chapar_transfer_result: refused
 *   1.5  2026-11  chapar_event: blame; chapar_traits: no channels, and chapar_plugin: no send, for a receiver
 *   1.6  2026-11  chapar_transfer: envelope_id
 *
 * Rules
 *  1 Versions. Another major: the entry returns NULL. Within a major, tables and structs only grow at the end; check
 *    CHAPAR_HAS(type, p, field) before you touch a field that is newer than 1.0.
 *  2 Arrays that cross the border hold pointers to structs. chapar_str, chapar_kv and chapar_kvs are frozen for the major.
 *  3 Only the entry point is exported; build with hidden visibility, -fPIC and -Wl,-z,noexecstack.
 *  4 Nobody frees the other's memory. Strings are borrowed (pointer, length; not NUL-terminated). What the host passes to
 *    `send` lives until the batch's last `complete`; to any other call, until it returns. What you pass is copied.
 *  5 The host calls an instance on that instance's strand, one call at a time; callbacks arrive there too, never inside
 *    the call that started them. Do not block (unless the trait CHAPAR_BLOCKING is set: then the instance has its own thread).
 *  6 `send` returning CHAPAR_OK: every index will be completed exactly once, in any order, from any thread, perhaps inside
 *    `send`. Any other return: nothing was sent and the whole batch goes back. A batch past its deadline is closed as UNKNOWN.
 *  7 The verdict decides the message, the blame decides the lane.
 *  8 The host forms batches by your traits; never queue.
 *  9 HTTP and SMTP go through `transfer_start`: one connection pool, measured and limited. Link no HTTP library.
 * 10 Inbound requests: check the provider's signature, `emit`, then `reply`. The host holds the reply until the events are durable.
 * 11 Errors are a status for the machine; `fail` adds the sentence for a person.
 * 12 A NULL function means "cannot".
 * 13 Libraries are opened once and never closed; instances come and go. A new version is a new file name. When `destroy`
 *    returns, none of your threads may use the host any more.
 * 14 A plugin is trusted code inside the daemon's process.
 */
#ifndef CHAPAR_PLUGIN_H
#define CHAPAR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define CHAPAR_ABI_MAJOR 1
#define CHAPAR_ABI_MINOR 6
#define CHAPAR_HAS(type, p, field) ((p)->struct_size >= offsetof(type, field) + sizeof((p)->field))

#if defined(__GNUC__)
#define CHAPAR_EXPORT __attribute__((visibility("default")))
#else
#define CHAPAR_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct chapar_str { const char *data; size_t size; } chapar_str;          /* UTF-8 unless said otherwise */
typedef struct chapar_kv { chapar_str key, value; } chapar_kv;
typedef struct chapar_kvs { const chapar_kv *data; size_t size; } chapar_kvs;

typedef int32_t chapar_status;
enum { CHAPAR_OK = 0, CHAPAR_INVALID = 1, CHAPAR_UNSUPPORTED = 2, CHAPAR_UNAVAILABLE = 3, CHAPAR_INTERNAL = 4 };
typedef int32_t chapar_verdict;
enum { CHAPAR_ACCEPTED = 1, CHAPAR_DELIVERED = 2, CHAPAR_RETRY = 3, CHAPAR_REJECTED = 4, CHAPAR_UNKNOWN = 5 };
typedef int32_t chapar_blame;
enum { CHAPAR_NOBODY = 0, CHAPAR_MESSAGE = 1, CHAPAR_RECIPIENT = 2, CHAPAR_LANE = 3, CHAPAR_CREDENTIALS = 4, CHAPAR_PROVIDER = 5,
       CHAPAR_GONE = 6 /* with REJECTED: nobody has this address any more, it may be suppressed; older hosts: NOBODY */ };
enum { CHAPAR_URGENT = 1, CHAPAR_COPIES = 2 };
enum { CHAPAR_LOG_DEBUG = 0, CHAPAR_LOG_INFO = 1, CHAPAR_LOG_WARNING = 2, CHAPAR_LOG_ERROR = 3 };

typedef struct chapar_host chapar_host;       /* one per instance */
typedef struct chapar_batch chapar_batch;     /* one per call of send */
typedef struct chapar_inquiry chapar_inquiry; /* one inbound HTTP request */

typedef struct chapar_attachment {
    uint32_t struct_size;
    chapar_str name, content_type;   /* file name as given by the application; "type/subtype" */
    chapar_str content_id;           /* inline image: referred to as cid:CONTENT_ID; empty: an attachment */
    chapar_str bytes;                /* decoded */
} chapar_attachment;

typedef struct chapar_copy {          /* somebody whom a mail goes to as well, 1.4 */
    uint32_t struct_size;
    chapar_str address;               /* canonical */
    chapar_str name;                  /* what it is called in a result's detail, where the address has no place: "/bcc/0" */
    uint64_t hidden;                  /* 1: bcc, in the envelope only, never in what is sent */
} chapar_copy;

typedef struct chapar_message {
    uint32_t struct_size;
    chapar_str id;            /* UUIDv7 of the message */
    chapar_str attempt;       /* "UUID.N": derive Message-ID and provider idempotency keys from it */
    chapar_str channel;       /* "email", "sms", ... */
    chapar_str address;       /* canonical address for the channel */
    chapar_str application, class_name, campaign;
    chapar_str locale;        /* BCP 47, may be empty */
    int64_t expires_at_ms;    /* UTC milliseconds */
    chapar_kvs content;       /* rendered parts by name. email: subject, html, text, preheader, from, reply_to, list_unsubscribe */
    chapar_kvs headers;       /* custom headers, checked against the allow-list */
    const chapar_attachment *const *attachments;
    uint32_t attachment_count;
    uint64_t flags;           /* 1.2: CHAPAR_URGENT: its class is critical (an OTP), it leaves before what is not */
    uint64_t within_ms;       /* 1.3: from this call on; without an answer the batch is closed then. What can't leave in time
                               * is better given back before (RETRY). 0: the host did not say */
    const chapar_copy *const *copies; /* 1.4: cc and bcc of a mail. `address` decides what becomes of the message: refused
                               * there, nobody gets it; a copy that is refused is named in the result's detail, and no more */
    uint64_t copy_count;
} chapar_message;

typedef struct chapar_result {
    uint32_t struct_size;
    chapar_verdict verdict;
    chapar_blame blame;
    uint32_t retry_after_ms;          /* 0: the provider did not say */
    chapar_str provider_id;           /* of a message in parts: one for each, separated by blanks, "-" for one not known */
    chapar_str code, detail;          /* code CHAPAR_BLOCKED_BY_OPERATOR with REJECTED: the operator keeps advertising from
                                       * this person; a final state of its own; also as the code of an event that tells a failure */
    chapar_str cost;                  /* 1.1: what the provider took, "0.0079 USD"; empty: it did not say */
} chapar_result;
#define CHAPAR_BLOCKED_BY_OPERATOR "blocked_by_operator"

/* One outgoing transfer. Addresses and header values with CR, LF or NUL are refused; line ends of SMTP bodies are normalised. */
typedef struct chapar_transfer {
    uint32_t struct_size;
    chapar_str url;                   /* http, https, smtp or smtps */
    chapar_str method;                /* http: GET, POST, ... */
    chapar_kvs headers;               /* http */
    chapar_str body;                  /* http: request body; smtp: the RFC 5322 message */
    chapar_str mail_from;             /* smtp: envelope sender, without <> */
    const chapar_str *rcpt_to;        /* smtp: envelope recipients */
    uint32_t rcpt_count;
    chapar_str user, password;        /* SMTP AUTH or HTTP basic; empty: none */
    chapar_str ca_file;               /* PEM bundle to trust instead of the system's; empty: the system's */
    int32_t tls;                      /* smtp: CHAPAR_TLS_*; the schemes https and smtps always verify */
    uint32_t connect_timeout_ms, timeout_ms;
    uint32_t smtp_utf8;               /* 1: ask for SMTPUTF8 */
    chapar_str helo;                  /* smtp: EHLO name; empty: the host's */
    uint32_t max_response_bytes;      /* 0: the host's limit */
    uint64_t flags;                   /* 1.2: CHAPAR_URGENT (smtp): takes the next free connection, before those that wait.
                                       * 1.4: CHAPAR_COPIES (smtp): the first recipient decides; the message goes without
                                       * others that are refused (see `refused`). Else one that is refused refuses all */
    chapar_str envelope_id;           /* 1.6: smtp: what reports repeat as Original-Envelope-Id (RFC 3461); asked for where the
                                       * server offers DSN. Printable ASCII, at most 100 bytes as xtext; empty: none */
} chapar_transfer;
enum { CHAPAR_TLS_REQUIRED = 0, CHAPAR_TLS_OPPORTUNISTIC = 1, CHAPAR_TLS_NONE = 2 };

typedef int32_t chapar_phase;         /* how far it certainly came */
enum {
    CHAPAR_PHASE_REFUSED = -1,        /* never started: the request itself is not allowed (control bytes, scheme, size) */
    CHAPAR_PHASE_RESOLVE = 0, CHAPAR_PHASE_CONNECT = 1, CHAPAR_PHASE_TLS = 2, CHAPAR_PHASE_AUTH = 3, CHAPAR_PHASE_SENDER = 4,
    CHAPAR_PHASE_RECIPIENT = 5, CHAPAR_PHASE_DATA = 6, /* DATA asked for or body begun, not ended */
    CHAPAR_PHASE_SENT = 7,            /* the last byte (the final dot) has left: without an answer this is UNKNOWN */
    CHAPAR_PHASE_ANSWERED = 8         /* the final answer is in `code` */
};

typedef struct chapar_transfer_result {
    uint32_t struct_size;
    chapar_phase phase;
    int32_t code;                     /* http status or last SMTP reply code; 0: none */
    chapar_str reply;                 /* smtp: text of the last reply without its codes, lines joined by LF */
    chapar_kvs headers;               /* http */
    chapar_str body;                  /* http */
    int32_t timed_out;                /* 1: a time limit ended it */
    chapar_str error;                 /* empty: a reply ended it (whatever its code); else what went wrong */
    chapar_kvs refused;               /* 1.4: smtp, CHAPAR_COPIES: recipients that were refused beside the first, each with
                                       * the reply, code first: "550 5.1.1 no such user" */
} chapar_transfer_result;
/* Called exactly once, on the strand, unless transfer_cancel came first. */
typedef void (*chapar_transfer_done)(void *arg, const chapar_transfer_result *result);

typedef struct chapar_http_request {
    uint32_t struct_size;
    chapar_str method, path, query;   /* path below the instance's prefix */
    chapar_kvs headers;
    chapar_str body;                  /* raw bytes */
} chapar_http_request;

typedef struct chapar_http_response {
    uint32_t struct_size;
    int32_t status;
    chapar_kvs headers;
    chapar_str body;
} chapar_http_response;

typedef struct chapar_event {
    uint32_t struct_size;
    chapar_str attempt;               /* our correlation id, when the provider gives it back */
    chapar_str provider_id;           /* else the provider's */
    chapar_str kind;                  /* "delivered", "failed" or "bounced", "segment_delivered", "segment_failed"; from a
                                       * person: "inbound" (detail: the text), "perhaps_unsubscribed"
                                       * (a text that may mean it), "unsubscribed", "complained"; others are noted */
    chapar_str address, code, detail;
    int64_t at_ms;
    chapar_str dedupe_key;            /* repeats with the same key are dropped */
    chapar_str cost;                  /* 1.3: what the provider took, as in chapar_result; to be told once, there or here */
    int64_t blame;                    /* 1.5: a chapar_blame, of "failed" and "bounced". CHAPAR_GONE: nobody has the address any
                                       * more, it may be suppressed */
} chapar_event;

typedef struct chapar_host_api {
    uint32_t struct_size;
    uint16_t abi_major, abi_minor;
    /* any thread */
    void (*log)(chapar_host *, int32_t level, chapar_str text);
    void (*metric_add)(chapar_host *, chapar_str name, double delta, chapar_kvs labels);
    chapar_status (*post)(chapar_host *, void (*fn)(void *), void *arg);         /* runs fn on the strand, unless destroyed first */
    void (*complete)(chapar_host *, chapar_batch *, uint32_t index, const chapar_result *);
    chapar_status (*emit)(chapar_host *, chapar_inquiry *, const chapar_event *); /* inquiry may be NULL */
    void (*reply)(chapar_host *, chapar_inquiry *, const chapar_http_response *);
    /* the instance's strand only */
    void (*fail)(chapar_host *, chapar_str reason);
    chapar_status (*secret)(chapar_host *, chapar_str name, chapar_str *value);   /* value lives until the call returns to the host */
    uint64_t (*timer_start)(chapar_host *, uint32_t after_ms, void (*fn)(void *), void *arg);
    void (*timer_cancel)(chapar_host *, uint64_t timer);
    uint64_t (*transfer_start)(chapar_host *, const chapar_transfer *, chapar_transfer_done, void *arg); /* 0: instance is gone */
    void (*transfer_cancel)(chapar_host *, uint64_t transfer);
    /* 1.1, any thread: `emit` without an inquiry, for protocols that acknowledge what they delivered. `done` runs once on
     * the strand, unless destroyed first: the event is durable (1) or could not be stored (0: let it be delivered again). */
    chapar_status (*emit_then)(chapar_host *, const chapar_event *, void (*done)(void *arg, int32_t is_durable), void *arg);
} chapar_host_api;

/* CHAPAR_CARRIES_COPIES, 1.4: it sends to chapar_message.copies; a mail with copies is not handed to others. */
enum { CHAPAR_RECEIPTS = 1, CHAPAR_IDEMPOTENT = 2, CHAPAR_BLOCKING = 4, CHAPAR_CARRIES_COPIES = 8 };

typedef struct chapar_traits {
    uint32_t struct_size;
    const chapar_str *channels;       /* e.g. {"email"}; 1.5: none for a receiver, which sends nothing and tells what it hears of
                                       * messages that others sent: events name the attempt, whatever its route */
    uint32_t channel_count;
    uint32_t flags;
    uint32_t max_batch;               /* messages in one send, >= 1 */
    uint32_t max_linger_ms;           /* how long a batch may wait to fill */
    uint32_t max_in_flight;           /* messages handed over and not completed */
    chapar_str config_schema;         /* JSON: {"key": {"type": "string|integer|boolean|secret|duration|strings", "required": bool, "default": any, "help": "..."}}.
                                       * `create` receives one flat JSON object: checked, defaults filled in, durations as
                                       * integer milliseconds, a secret as the name to pass to host `secret`. */
} chapar_traits;

typedef struct chapar_plugin {        /* static, read-only, lives as long as the library */
    uint32_t struct_size;
    uint16_t abi_major, abi_minor;
    const char *name, *version;
    const chapar_traits *traits;
    chapar_status (*create)(chapar_host *, const chapar_host_api *, chapar_str config_json, void **self);
    void (*destroy)(void *self);
    chapar_status (*start)(void *self);
    chapar_status (*send)(void *self, chapar_batch *, const chapar_message *const *, uint32_t count); /* 1.5: NULL without channels */
    void (*cancel)(void *self, chapar_batch *);                                   /* best effort */
    chapar_status (*inbound)(void *self, chapar_inquiry *, const chapar_http_request *);
    void (*drain)(void *self);                                                    /* stop starting new work */
} chapar_plugin;

CHAPAR_EXPORT const chapar_plugin *chapar_plugin_entry(uint16_t host_major, uint16_t host_minor);

#ifdef __cplusplus
}
#endif
#endif
