"""Mails that come back, written after RFC 3464, 5965, 3834, 8098 and after what mail systems are known to write.

Each case says what the mail is (kind), whose fault it is (blame, of a soft bounce), and whom it is about.
`python3 corpus.py FOLDER` writes them as files and `labels.json` beside them.
"""
import base64
import dataclasses
import json
import pathlib
import quopri
import sys
from email.header import Header

OUR = "bounces@news.example.ir"
WHO = "sara@customer.example"
RETURNED = ("Return-Path: <{our}>\nReceived: from mta.news.example.ir by mx.customer.example; Mon, 30 Nov 2026 10:00:00 +0330\n"
            "From: Shop <shop@news.example.ir>\nTo: {who}\nSubject: {subject}\nMessage-ID: <0192f3c4.1@news.example.ir>\n"
            "Date: Mon, 30 Nov 2026 10:00:00 +0330\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n")
PERSIAN = "تخفیف پاییزی برای شما"


@dataclasses.dataclass
class Case:
    name: str
    kind: str
    mail: bytes
    blame: str = ""
    about: tuple = ()


CASES: list[Case] = []


def add(name, kind, mail, blame="", about=()):
    data = mail if isinstance(mail, bytes) else mail.encode("utf-8")
    CASES.append(Case(name, kind, data, blame, tuple(about)))


def head(sender, subject, more="", to=OUR):
    subject = subject if subject.isascii() else Header(subject, "utf-8").encode()
    return f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Mon, 30 Nov 2026 11:00:00 +0000\nMIME-Version: 1.0\n{more}"


def plain(sender, subject, text, more="", charset="utf-8", encoding="8bit", subtype="plain"):
    first = head(sender, subject, more)
    raw = text.encode(charset)
    if encoding == "base64":
        raw = base64.encodebytes(raw)
    elif encoding == "quoted-printable":
        raw = quopri.encodestring(raw)
    return (first + f"Content-Type: text/{subtype}; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n").encode() + raw


def returned(subject="Your order", who=WHO):
    return RETURNED.format(our=OUR, who=who, subject=Header(subject, "utf-8").encode() if not subject.isascii() else subject)


def report(sender, subject, text, fields, *, encoding="7bit", charset="us-ascii", status_encoding="", boundary="=_b0undary",
           more="", third="message/rfc822", type_="message/delivery-status", subject_back="Your order", newline="\n", who=WHO):
    raw = text.encode(charset)
    if encoding == "base64":
        raw = base64.encodebytes(raw)
    elif encoding == "quoted-printable":
        raw = quopri.encodestring(raw)
    status = fields.encode("utf-8")
    if status_encoding == "base64":
        status = base64.encodebytes(status)
    elif status_encoding == "quoted-printable":
        status = quopri.encodestring(status)
    out = (head(sender, subject, more) + f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\n\n'
           f"This is a MIME-encapsulated message.\n\n--{boundary}\nContent-Description: Notification\n"
           f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n").encode() + raw
    out += f"\n--{boundary}\nContent-Type: {type_}\n".encode()
    if status_encoding:
        out += f"Content-Transfer-Encoding: {status_encoding}\n".encode()
    out += b"\n" + status
    back = returned(subject_back, who)
    if third:
        body = back if third == "text/rfc822-headers" else back + "\nHello\n"
        out += f"\n--{boundary}\nContent-Type: {third}\n\n{body}".encode()
    out += f"\n--{boundary}--\n".encode()
    return out.replace(b"\n", newline.encode()) if newline != "\n" else out


def fields_of(reporting, *recipients, more=""):
    groups = [f"Reporting-MTA: dns; {reporting}\n{more}Arrival-Date: Mon, 30 Nov 2026 10:00:00 +0000\n"]
    for each in recipients:
        groups.append("".join(f"{name}: {value}\n" for name, value in each))
    return "\n".join(groups)


def failed(who, status, diagnostic="", action="failed", original="", mta="dns; mx.customer.example"):
    out = []
    if original:
        out.append(("Original-Recipient", f"rfc822;{original}"))
    out += [("Final-Recipient", f"rfc822; {who}"), ("Action", action), ("Status", status)]
    if mta:
        out.append(("Remote-MTA", mta))
    if diagnostic:
        out.append(("Diagnostic-Code", f"smtp; {diagnostic}"))
    return out


# ---- DSN: what servers say, in the form of several systems ---------------------------------------------------------------

# name, status, what the server said, kind, blame
REPLIES = [
    ("unknown", "5.1.1", "550 5.1.1 <{who}>: Recipient address rejected: User unknown in virtual mailbox table", "hard", ""),
    ("no-such-account", "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser", "hard", ""),
    ("resolver", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "hard", ""),
    ("disabled", "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled.", "hard", ""),
    ("directory", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "hard", ""),
    ("over-quota", "5.2.2", "552 5.2.2 The email account that you tried to reach is over quota", "soft", "recipient"),
    ("full-for-now", "4.2.2", "452 4.2.2 <{who}> Mailbox full", "soft", "recipient"),
    ("spam", "5.7.1", "550 5.7.1 Message rejected as spam by content filter", "soft", "message"),
    ("too-large", "5.3.4", "552 5.3.4 Message size exceeds fixed limit", "soft", "message"),
    ("block-list", "5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org", "soft", "provider"),
    ("unauthenticated", "5.7.26", "550 5.7.26 Unauthenticated email from news.example.ir is not accepted due to domain's DMARC policy", "soft", "message"),
    ("greylist", "4.7.1", "450 4.7.1 <{who}>: Recipient address rejected: Greylisted", "soft", "recipient"),
]
SYSTEMS = [
    ("postfix", "MAILER-DAEMON@mail.news.example.ir (Mail Delivery System)", "Undelivered Mail Returned to Sender",
     "This is the mail system at host mail.news.example.ir.\n\nI'm sorry to have to inform you that your message could not\n"
     "be delivered to one or more recipients. It's attached below.\n\n<{who}>: host mx.customer.example[192.0.2.1] said:\n    {said}\n", {}),
    ("sendmail", "Mail Delivery Subsystem <MAILER-DAEMON@mail.news.example.ir>", "Returned mail: see transcript for details",
     "The original message was received at Mon, 30 Nov 2026 10:00:00 GMT\n\n   ----- The following addresses had permanent fatal errors -----\n"
     "<{who}>\n    (reason: {said})\n\n   ----- Transcript of session follows -----\n... while talking to mx.customer.example.:\n>>> RCPT To:<{who}>\n<<< {said}\n", {"third": "text/rfc822-headers"}),
    ("exim", "Mail Delivery System <Mailer-Daemon@mail.news.example.ir>", "Mail delivery failed: returning message to sender",
     "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\n"
     "recipients. This is a permanent error. The following address(es) failed:\n\n  {who}\n    host mx.customer.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<{who}>:\n    {said}\n",
     {"more": "X-Failed-Recipients: {who}\nAuto-Submitted: auto-replied\n"}),
    ("exchange", "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@customer.example>", "Undeliverable: Your order",
     "Delivery has failed to these recipients or groups:\n\n{who}\n\nDiagnostic information for administrators:\n\nGenerating server: EX01.customer.example\n\n{who}\nRemote Server returned '{said}'\n",
     {"encoding": "quoted-printable", "charset": "utf-8", "more": "X-Auto-Response-Suppress: DR, OOF, AutoReply\nContent-Language: en-US\n"}),
    ("gmail", "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
     "** Address not found **\n\nYour message wasn't delivered to {who}.\n\nThe response from the remote server was:\n{said}\n",
     {"encoding": "base64", "charset": "utf-8", "more": "X-Failed-Recipients: {who}\nAuto-Submitted: auto-replied\n"}),
    ("zimbra", "MAILER-DAEMON@zimbra.customer.example (Mail Delivery System)", "Undelivered Mail Returned to Sender",
     "This is the mail system at host zimbra.customer.example.\n\n<{who}>: {said}\n", {"newline": "\r\n"}),
]


def dsn_matrix():
    for system, sender, subject, text, options in SYSTEMS:
        for name, status, said, kind, blame in REPLIES:
            words = said.format(who=WHO)
            use = {key: value.format(who=WHO) if isinstance(value, str) else value for key, value in options.items()}
            mail = report(sender, subject, text.format(who=WHO, said=words), fields_of("mail.news.example.ir", failed(WHO, status, words)),
                          subject_back=PERSIAN if system in ("postfix", "gmail") else "Your order", **use)
            add(f"dsn-{system}-{name}", kind, mail, blame, [WHO])


def dsn_oddities():
    sender, subject, text = "MAILER-DAEMON@mx.example", "Undelivered Mail", "It did not arrive.\n"

    def one(name, kind, fields, blame="", about=(WHO,), **use):
        add(f"dsn-{name}", kind, report(use.pop("sender", sender), use.pop("subject", subject), use.pop("text", text), fields, **use), blame, about)

    one("status-only", "hard", fields_of("mx.example", failed(WHO, "5.1.1")))
    one("status-with-comment", "hard", fields_of("mx.example", failed(WHO, "5.1.1 (bad destination mailbox address)")))
    one("reply-in-status", "hard", fields_of("mx.example", failed(WHO, "550 5.1.1", "550 5.1.1 User unknown")))
    one("general-status-telling-reply", "hard", fields_of("mx.example", failed(WHO, "5.0.0", "550 5.1.1 <x>... User unknown")))
    one("general-status-telling-text", "hard", fields_of("mx.example", failed(WHO, "5.0.0")), text=f"<{WHO}>: 550 5.1.1 no such user\n")
    one("no-status", "hard", fields_of("mx.example", [("Final-Recipient", f"rfc822;{WHO}"), ("Action", "failed"), ("Diagnostic-Code", "smtp; 550 5.1.1 unknown user")]))
    one("no-action", "hard", fields_of("mx.example", [("Final-Recipient", f"rfc822;{WHO}"), ("Status", "5.1.1")]))
    one("capitals", "hard", fields_of("mx.example", [("FINAL-RECIPIENT", f"RFC822;{WHO}"), ("ACTION", "FAILED"), ("STATUS", "5.1.1")]))
    one("no-type", "hard", fields_of("mx.example", [("Final-Recipient", WHO), ("Action", "failed"), ("Status", "5.1.1")]))
    one("brackets", "hard", fields_of("mx.example", [("Final-Recipient", f"rfc822; <{WHO}>"), ("Action", "failed"), ("Status", "5.1.1")]))
    one("folded", "hard", fields_of("mx.example", [("Final-Recipient", f"rfc822;\n {WHO}"), ("Action", "failed"), ("Status", "5.1.1"),
                                                  ("Diagnostic-Code", "smtp; 550\n 5.1.1 user\n\tunknown")]))
    one("original-recipient", "hard", fields_of("mx.example", failed("sara.new@elsewhere.example", "5.1.1", original=WHO)))
    one("utf8-address", "hard", fields_of("mx.example", [("Original-Recipient", "utf-8; سارا@customer.example"), ("Final-Recipient", "utf-8; سارا@customer.example"),
                                                        ("Action", "failed"), ("Status", "5.1.1")]), about=["سارا@customer.example"],
        type_="message/global-delivery-status", third="message/global")
    one("utf8-xtext", "hard", fields_of("mx.example", [("Final-Recipient", r"utf-8; s\x{E1}ra@customer.example"), ("Action", "failed"), ("Status", "5.1.1")]),
        about=["sára@customer.example"])
    one("status-part-base64", "hard", fields_of("mx.example", failed(WHO, "5.1.1")), status_encoding="base64")
    one("status-part-qp", "hard", fields_of("mx.example", failed(WHO, "5.1.1")), status_encoding="quoted-printable")
    one("two-recipients", "hard", fields_of("mx.example", failed(WHO, "5.1.1"), failed("ali@customer.example", "5.2.2", "552 5.2.2 mailbox full")),
        about=[WHO, "ali@customer.example"])
    one("many-groups", "soft", fields_of("mx.example", *[failed(f"u{i}@customer.example", "5.2.2", "552 5.2.2 over quota") for i in range(30)]), "recipient",
        about=[f"u{i}@customer.example" for i in range(30)])
    one("blank-lines", "hard", fields_of("mx.example", failed(WHO, "5.1.1")).replace("\n\n", "\n\n\n\n"))
    one("no-closing-boundary", "hard", fields_of("mx.example", failed(WHO, "5.1.1")), third="")
    CASES[-1].mail = CASES[-1].mail.replace(b"--=_b0undary--\n", b"")
    one("headers-only-returned", "hard", fields_of("mx.example", failed(WHO, "5.1.1")), third="text/rfc822-headers")
    one("expired", "soft", fields_of("mx.example", failed(WHO, "4.4.7", "Delivery time expired")), "recipient")
    one("connection", "soft", fields_of("mx.example", failed(WHO, "4.4.1", mta="")), "recipient",
        text=f"<{WHO}>: connect to mx.customer.example[192.0.2.1]:25: Connection timed out\n")
    one("no-domain", "soft", fields_of("mx.example", [("Final-Recipient", f"rfc822;{WHO}"), ("Action", "failed"), ("Status", "5.4.4"),
                                                     ("Diagnostic-Code", "X-Postfix; Host or domain name not found. Name service error for name=customer.example type=A: Host not found")]), "recipient")
    one("persian-text", "hard", fields_of("mx.example", failed(WHO, "5.1.1", "550 5.1.1 کاربر ناشناس")), subject="پیام شما تحویل نشد",
        text="پیام شما به گیرنده نرسید.\n", charset="utf-8", encoding="base64", subject_back=PERSIAN)
    one("delayed", "delayed", fields_of("mx.example", failed(WHO, "4.4.1", action="delayed")), subject="Delayed Mail (still being retried)")
    one("delayed-exchange", "delayed", fields_of("mx.example", failed(WHO, "4.4.7", action="delayed")), subject="Delivery delayed: Your order",
        sender="postmaster@customer.example")
    one("delayed-with-will-retry-until", "delayed", fields_of("mx.example", failed(WHO, "4.2.2", "452 4.2.2 full", action="delayed") + [("Will-Retry-Until", "Sat, 5 Dec 2026 10:00:00 +0000")]))
    one("delivered", "delivered", fields_of("mx.example", failed(WHO, "2.0.0", "250 2.0.0 Ok", action="delivered")), subject="Successful Mail Delivery Report")
    one("expanded", "delivered", fields_of("mx.example", failed(WHO, "2.0.0", action="expanded")), subject="Successful Mail Delivery Report")
    one("relayed", "relayed", fields_of("mx.example", failed(WHO, "2.0.0", action="relayed")), subject="Relayed: Your order")
    one("failed-beside-delivered", "hard", fields_of("mx.example", failed("ali@customer.example", "2.0.0", action="delivered"), failed(WHO, "5.1.1")),
        about=[WHO, "ali@customer.example"])
    one("lf-and-tabs", "hard", fields_of("mx.example", [("Final-Recipient", f"rfc822;\t{WHO}\t"), ("Action", "\tfailed"), ("Status", "\t5.1.1")]))
    one("boundary-with-blanks", "hard", fields_of("mx.example", failed(WHO, "5.1.1")), boundary="a b=c?d")
    nested = report(sender, subject, text, fields_of("mx.example", failed(WHO, "5.1.1")))
    add("dsn-in-mixed", "hard", nested.replace(b"multipart/report; report-type=delivery-status;", b"multipart/mixed;"), "", [WHO])
    outer = (head(sender, subject) + 'Content-Type: multipart/mixed; boundary=outer\n\n--outer\nContent-Type: multipart/report;\n boundary="=_b0undary"\n\n').encode()
    add("dsn-inside-another-multipart", "hard", outer + nested.split(b"\n\n", 1)[1] + b"\n--outer\nContent-Type: text/plain\n\n-- \nscanned by a gateway\n--outer--\n", "", [WHO])
    add("dsn-forwarded-by-a-person", "none", (head("Sara <sara@customer.example>", "look at this") + "Content-Type: multipart/mixed; boundary=f\n\n"
        "--f\nContent-Type: text/plain\n\nHello, what is this mail that I got?\n--f\nContent-Type: message/rfc822\n\n").encode() + nested + b"\n--f--\n")


# ---- texts ---------------------------------------------------------------------------------------------------------------

def texts():
    copy = "\n--- Below this line is a copy of the message.\n\n" + returned() + "\nThis 550 5.1.1 user unknown in a copy counts for nothing.\n"

    def one(name, kind, sender, subject, text, blame="", about=(WHO,), **use):
        add(f"text-{name}", kind, plain(sender, subject, text, **use), blame, about)

    daemon, qmail = "MAILER-DAEMON@mx.customer.example", "Hi. This is the qmail-send program at mx.customer.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    one("qmail-no-mailbox", "hard", daemon, "failure notice", qmail + f"<{WHO}>:\nSorry, no mailbox here by that name. (#5.1.1)\n" + copy)
    one("qmail-vpopmail", "hard", daemon, "failure notice", qmail + f"<{WHO}>:\nSorry, no mailbox here by that name. vpopmail (#5.1.1)\n" + copy)
    one("qmail-remote", "hard", daemon, "failure notice", qmail + f"<{WHO}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 <{WHO}>: Recipient address rejected: User unknown\nGiving up on 192.0.2.1.\n" + copy)
    one("qmail-full", "soft", daemon, "failure notice", qmail + f"<{WHO}>:\nUser is over the quota. You can try again later. (#5.2.2)\n" + copy, "recipient")
    one("qmail-too-long-in-queue", "soft", daemon, "failure notice", qmail + f"<{WHO}>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.\n" + copy, "recipient")
    one("qmail-no-host", "soft", daemon, "failure notice", qmail + f"<{WHO}>:\nSorry, I couldn't find any host named customer.example. (#5.1.2)\n" + copy, "recipient")
    one("qmail-two", "hard", daemon, "failure notice", qmail + f"<{WHO}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<ali@customer.example>:\nUser is over the quota. (#5.2.2)\n" + copy, about=(WHO, "ali@customer.example"))
    one("qmail-persian-subject", "hard", daemon, "پیام تحویل نشد", qmail + f"<{WHO}>:\nSorry, no mailbox here by that name. (#5.1.1)\n" + copy)
    one("exim-old", "hard", "Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender",
        f"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {WHO}\n    SMTP error from remote mail server after RCPT TO:<{WHO}>:\n    host mx.customer.example [192.0.2.1]: 550 5.1.1 User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n" + returned(), more=f"X-Failed-Recipients: {WHO}\nAuto-Submitted: auto-replied\n")
    one("exim-unrouteable", "soft", "Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender",
        f"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to all of its recipients.\nThe following address(es) failed:\n\n  {WHO}\n    Unrouteable address\n", "recipient", more=f"X-Failed-Recipients: {WHO}\n")
    one("exim-delayed", "delayed", "Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message 1lXyZ-0001-aB delayed 24 hours",
        f"This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.\n\nThe address to which the message has not yet been delivered is:\n\n  {WHO}\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals.\n")
    one("sendmail-warning", "delayed", "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Warning: could not send message for past 4 hours",
        f"    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\nThe original message was received at Mon, 30 Nov 2026\n\n   ----- Transcript of session follows -----\n{WHO}... Deferred: Connection timed out\nWarning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old\n")
    one("yahoo-no-account", "hard", "MAILER-DAEMON@yahoo.com", "Failure Notice", f"Sorry, we were unable to deliver your message to the following address.\n\n<{WHO}>:\nThis user doesn't have a yahoo.com account ({WHO}) [0]\n" + copy)
    one("yahoo-disabled", "hard", "MAILER-DAEMON@yahoo.com", "Delivery failure", f"Message from yahoo.com.\nUnable to deliver message to the following address(es).\n\n<{WHO}>:\nSorry your message to {WHO} cannot be delivered. This account has been disabled or discontinued [#102].\n\n--- Original message follows.\n")
    one("yahoo-quota", "soft", "MAILER-DAEMON@yahoo.com", "Delivery failure", f"Message from yahoo.com.\nUnable to deliver message to the following address(es).\n\n<{WHO}>:\nSorry, your message to {WHO} cannot be delivered. This account is over quota.\n\n--- Original message follows.\n", "recipient")
    one("yahoo-remote", "hard", "MAILER-DAEMON@yahoo.com", "Failure Notice", f"Sorry, we were unable to deliver your message to the following address.\n\n<{WHO}>:\nRemote host said: 550 5.1.1 <{WHO}>: Recipient address rejected: customer.example [RCPT_TO]\n" + copy)
    one("exchange-5.5", "hard", "System Administrator <postmaster@customer.example>", "Undeliverable: Your order", f"Your message\n\n  To:      {WHO}\n  Subject: Your order\n  Sent:    Mon, 30 Nov 2026 10:00:00 -0400\n\ndid not reach the following recipient(s):\n\n{WHO} on Mon, 30 Nov 2026 10:01:00 -0400\n    The recipient name is not recognized\n    MSEXCH:IMS:EXAMPLE:MAIN:EX1 0 (000C05A6) Unknown Recipient\n")
    one("exchange-quota", "soft", "System Administrator <postmaster@customer.example>", "Undeliverable: Your order", f"Your message did not reach some or all of the intended recipients.\n\n{WHO} on 30.11.2026 10:01\n    The recipient's mailbox is full.\n", "recipient")
    one("smtp-transcript", "hard", "postmaster@gateway.example", "Mail could not be delivered", f"****** Message from InterScan Messaging Security Suite ******\n\nSent <<< RCPT TO:<{WHO}>\nReceived >>> 550 5.1.1 unknown user.\n\nUnable to deliver message to <{WHO}>.\n")
    one("hmail", "hard", "mailer-daemon@mx.example", "Message undeliverable: Your order", f"Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n{WHO}\n   Error Type: SMTP\n   Remote server (192.0.2.1) issued an error.\n   hMailServer sent: RCPT TO:<{WHO}>\n   Remote server replied: 550 5.1.1 <{WHO}>... User unknown\n")
    one("mailenable", "soft", "Delivery Subsystem <POSTMASTER@mx.example>", "Message Delivery Failure", f"MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:{WHO}]\n\tReason: Remote SMTP Server Returned: 550 Requested action not taken: mailbox unavailable or not local.\n\nMessage headers follow:\n", "recipient")
    one("mdaemon", "hard", "MDaemon at mx.example <MDaemon@mx.example>", "Permanent Delivery Failure", f"The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has\nbeen removed from the mail queue on this server.\n\nFailed address: {WHO}\n\n--- Session Transcript ---\n --> RCPT To:<{WHO}>\n <-- 550 5.1.1 <{WHO}>, Recipient unknown\n")
    one("mailru-persian-mailbox", "hard", "Mail Delivery System <Mailer-Daemon@mx.mail.ru>", "Ваше сообщение не доставлено. Mail failure.", f"Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям, потому что:\n\n  Message was not accepted -- invalid mailbox.\n  Local mailbox {WHO} is unavailable: user not found\n", encoding="base64")
    one("russian-full", "soft", "MAILER-DAEMON@mx.example.ru", "Недоставленное сообщение", f"Не удалось доставить сообщение:\n\n<{WHO}>: почтовый ящик получателя переполнен\n", "recipient", charset="koi8-r", encoding="8bit")
    one("russian-unknown", "hard", "MAILER-DAEMON@mx.example.ru", "Недоставленное сообщение", f"<{WHO}>:\nпользователь не найден\n", charset="windows-1251", encoding="base64")
    one("german-full", "soft", "Mailer-Daemon@gmx.example", "Unzustellbar: Ihre Nachricht", f"Ihre Nachricht konnte nicht zugestellt werden.\n\n{WHO}\nDas Postfach des Empfängers ist voll.\n", "recipient", charset="iso-8859-1", encoding="quoted-printable")
    one("german-unknown", "hard", "Mailer-Daemon@web.example", "Nachricht nicht zugestellt", f"Die Nachricht an {WHO} konnte nicht zugestellt werden: Der Empfänger existiert nicht.\n", encoding="quoted-printable")
    one("french-full", "soft", "postmaster@orange.example", "Échec de la remise", f"Le message pour {WHO} n'a pas pu être remis.\nLa boîte aux lettres est pleine.\n", "recipient", charset="iso-8859-15", encoding="quoted-printable")
    one("french-unknown", "hard", "postmaster@free.example", "Non remis : votre message", f"L'adresse {WHO} n'existe pas.\n", encoding="quoted-printable")
    one("spanish-unknown", "hard", "postmaster@correo.example", "Error de entrega", f"No se ha podido entregar el mensaje a {WHO}: el usuario no existe.\n", encoding="base64")
    one("spanish-full", "soft", "postmaster@correo.example", "Correo no entregado", f"El buzón de {WHO} está lleno.\n", "recipient", encoding="quoted-printable")
    one("italian-full", "soft", "postmaster@libero.example", "Errore di consegna", f"La casella di {WHO} è piena.\n", "recipient", encoding="quoted-printable")
    one("portuguese-unknown", "hard", "postmaster@uol.example", "Falha na entrega", f"O usuário {WHO} não existe.\n", encoding="base64")
    one("persian-unknown", "hard", "postmaster@post.example.ir", "پیام تحویل نشد", f"پیام شما به {WHO} تحویل نشد.\nنشانی گیرنده وجود ندارد.\n", encoding="base64")
    one("persian-full", "soft", "postmaster@post.example.ir", "خطا در ارسال پیام", f"گیرنده: {WHO}\nصندوق پستی گیرنده پر است.\n", "recipient", encoding="quoted-printable")
    one("arabic-full", "soft", "postmaster@post.example.ae", "تعذر تسليم الرسالة", f"{WHO}\nصندوق البريد ممتلئ\n", "recipient", encoding="base64")
    one("turkish-full", "soft", "postmaster@post.example.tr", "Teslim edilemedi: iletilemedi", f"{WHO}\nAlıcının posta kutusu dolu.\n", "recipient", encoding="quoted-printable")
    one("chinese-unknown", "hard", "PostMaster@qq.example", "系统退信", f"您的邮件无法投递到 {WHO}\n原因：收件人不存在，用户不存在\n", charset="gb18030", encoding="base64")
    one("chinese-full", "soft", "Postmaster@163.example", "系统退信/The email is returned", f"收件人 {WHO}\n收件人邮箱已满\n", "recipient", charset="gbk", encoding="base64")
    one("japanese-unknown", "hard", "Mail-Daemon@docomo.example", "送信できませんでした", f"次のあて先へのメッセージはエラーのため送信できませんでした。\n\n{WHO}: 宛先不明\n", charset="iso-2022-jp", encoding="7bit")
    one("japanese-full", "soft", "postmaster@ezweb.example", "配信エラー", f"{WHO}\n受信者のメールボックスがいっぱいです。\n", "recipient", encoding="base64")
    one("size", "soft", "Mail Delivery System <postmaster@mx.example>", "Undeliverable mail", f"{WHO}: message is too large for this mailbox\n", "message")
    one("virus", "soft", "postmaster@mx.example", "Message rejected", f"The message to {WHO} was rejected because a virus was found in it.\n", "message")
    one("aol-refuses", "soft", "Mail Delivery Subsystem <MAILER-DAEMON@AOL.example>", "Mail Delivery Problem", f"Your mail to the following recipients could not be delivered because they are not accepting mail from shop@news.example.ir:\n\t{WHO}\n", "recipient")
    one("html-only", "hard", "Mail Administrator <postmaster@mx.example>", "Undeliverable: Your order", f"<html><head><style>p {{ color: red }}</style></head><body><p>Your message couldn't be delivered.</p><p><b>&lt;{WHO}&gt;</b>:<br>550 5.1.1 user unknown</p></body></html>", subtype="html")
    one("icloud", "hard", "Mail Delivery System <MAILER-DAEMON@icloud.example>", "Undelivered Mail Returned to Sender", f"<{WHO}>: 550 5.1.1 <{WHO}>: user does not exist (in reply to RCPT TO command)\n")
    one("icloud-full", "soft", "Mail Delivery System <MAILER-DAEMON@icloud.example>", "Undelivered Mail Returned to Sender", f"<{WHO}>: 552 5.2.2 <{WHO}>: user is over quota (in reply to RCPT TO command)\n", "recipient")
    one("demon-not-collected", "soft", "Mail Delivery System <Mailer-Daemon@punt.example>", "Mail delivery failure", f"This message was created automatically by mail delivery\nsoftware.\n\nThe following message, addressed to '{WHO}',\nfailed because it has not been collected after 30 days\n", "recipient")
    one("nothing-said", "unknown", daemon, "failure notice", f"Your message to {WHO} is back here, and so it goes.\n", about=(WHO,))
    one("domino", "hard", "Postmaster@domino.example", "DELIVERY FAILURE: User sara (sara@customer.example) not listed in Domino Directory", f"Your message\n\n  Subject: Your order\n\nwas not delivered to:\n\n  {WHO}\n\nbecause:\n\n  550 5.1.1 User sara not listed in Domino Directory\n")


# ---- programs that answer, people, complaints ------------------------------------------------------------------------------

def answers():
    def one(name, subject, text, more="", sender="Sara <sara@customer.example>", **use):
        add(f"auto-{name}", "auto_reply", plain(sender, subject, text, more=more, **use))

    away = "I am out of the office until Monday.\n"
    one("rfc3834", "Auto: Your order", away, "Auto-Submitted: auto-replied\n")
    one("rfc3834-with-parameter", "Re: Your order", away, "Auto-Submitted: auto-replied (vacation)\n")
    one("exchange", "Automatic reply: Your order", away, "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n")
    one("out-of-office", "Out of Office: Your order", away)
    one("subject-only", "Out of office", away)
    one("precedence", "Your order", away, "Precedence: auto_reply\n")
    one("x-autoreply", "Re: Your order", away, "X-Autoreply: yes\n")
    one("x-autorespond", "Re: Your order", away, "X-Autorespond: Your order\n")
    one("gmail-vacation", "Re: Your order", away, "X-Autoreply: yes\nPrecedence: bulk\nAuto-Submitted: auto-replied\n")
    one("german", "Abwesenheitsnotiz: Ihre Bestellung", "Ich bin bis Montag nicht im Büro.\n", encoding="quoted-printable")
    one("german-automatic", "Automatische Antwort: Bestellung", "Ich bin im Urlaub.\n")
    one("french", "Réponse automatique : votre commande", "Je suis absente jusqu'à lundi.\n", encoding="base64")
    one("spanish", "Respuesta automática: pedido", "Estoy fuera de la oficina.\n")
    one("portuguese", "Resposta automática: pedido", "Estou fora do escritório.\n")
    one("italian", "Risposta automatica: ordine", "Sono fuori ufficio.\n")
    one("persian", "پاسخ خودکار: سفارش شما", "تا شنبه در مرخصی هستم.\n", encoding="base64")
    one("persian-leave", "عدم حضور در محل کار", "تا شنبه نیستم.\n", encoding="quoted-printable")
    one("russian", "Автоответ: Ваш заказ", "Я в отпуске.\n", charset="koi8-r", encoding="base64")
    one("chinese", "自动回复：您的订单", "我正在休假。\n", charset="gb2312", encoding="base64")
    one("japanese", "自動返信: ご注文", "不在にしております。\n", charset="iso-2022-jp", encoding="7bit")
    one("speaks-of-bounces", "Automatic reply: Your order", "I am away. If you get a bounce '550 5.1.1 user unknown' write to ali@customer.example.\n", "Auto-Submitted: auto-replied\n")
    one("has-left", "Automatic reply: Your order", "Sara is no longer with the company; please write to ali@customer.example.\n", "Auto-Submitted: auto-replied\n")
    one("challenge", "Please confirm your message", "This mailbox is protected. Reply to this message to confirm that you are a human and your mail will be delivered.\n")
    one("challenge-tmda", "Re: Your order", "Please confirm.\n", "X-Delivery-Agent: TMDA/1.1.12\n")
    one("challenge-boxbe", "Re: Your order", "Hello,\nplease add yourself to my Boxbe Guest List so that I see your mail.\n")
    mdn = ('Content-Type: multipart/report; report-type=disposition-notification; boundary="m"\n\n--m\nContent-Type: text/plain\n\nThe message was displayed.\n'
           "--m\nContent-Type: message/disposition-notification\n\nReporting-UA: mail.customer.example; Mail 1.0\nFinal-Recipient: rfc822;sara@customer.example\n"
           "Original-Message-ID: <x@y>\nDisposition: manual-action/MDN-sent-manually; {how}\n\n--m--\n")
    for how in ("displayed", "deleted"):
        add(f"auto-mdn-{how}", "auto_reply", head("sara@customer.example", "Read: Your order") + mdn.format(how=how))


def people():
    def one(name, subject, text, sender="Sara <sara@customer.example>", **use):
        add(f"none-{name}", "none", plain(sender, subject, text, **use))

    one("reply", "Re: Your order", "Hello,\n\nthank you, when will it come?\n\nSara\n")
    one("reply-persian", "پاسخ: سفارش شما", "سلام\n\nسفارش من کی می‌رسد؟\n", encoding="base64")
    one("speaks-of-mailbox", "Re: Your order", "Hello,\nmy mailbox is full of your letters, please write less. Thanks\n")
    one("quotes-a-bounce", "Re: Your order", "Hello, I wrote to you and got this:\n> 550 5.1.1 user unknown\nDo you know why? Regards\n")
    one("html", "Re: Your order", "<p>Thanks a lot!</p>", subtype="html")
    one("spam", "You won", "Dear friend, claim your prize at http://spam.example\n", sender="Prince <prince@spam.example>")
    one("empty", "", "")
    one("newsletter", "News of the week", "All that happened this week.\n", sender="News <news@other.example>", more="List-Unsubscribe: <https://other.example/u>\nPrecedence: bulk\n")
    add("none-no-head", "none", b"just some words\nand more\n")
    add("none-nothing", "none", b"")
    add("none-bytes", "none", bytes(range(256)) * 8)


def arf(kind, *, agent="SomeGenerator/1.0", more="", part="message/feedback-report", returned_type="message/rfc822", from_our="bounces@news.example.ir"):
    return (head("<abusedesk@isp.example>", "FW: Earn money") + 'Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54_boundary"\n\n'
            "--part1_13d.2e68ed54_boundary\nContent-Type: text/plain; charset=US-ASCII\nContent-Transfer-Encoding: 7bit\n\n"
            "This is an email abuse report for an email message received from IP\n192.0.2.1 on Thu, 26 Nov 2026 14:00:00 EDT.\n\n"
            f"--part1_13d.2e68ed54_boundary\nContent-Type: {part}\n\nFeedback-Type: {kind}\nUser-Agent: {agent}\nVersion: 1\n{more}"
            f"Original-Mail-From: <{from_our}>\nReceived-Date: Thu, 26 Nov 2026 14:00:00 EDT\nSource-IP: 192.0.2.1\n\n"
            f"--part1_13d.2e68ed54_boundary\nContent-Type: {returned_type}\nContent-Disposition: inline\n\n" + returned() + "\nBuy!\n--part1_13d.2e68ed54_boundary--\n")


def complaints():
    add("arf-abuse", "complaint", arf("abuse"))
    add("arf-abuse-recipient", "complaint", arf("abuse", more=f"Original-Rcpt-To: <{WHO}>\n"), "", [WHO])
    add("arf-two-recipients", "complaint", arf("abuse", more=f"Original-Rcpt-To: <{WHO}>\nOriginal-Rcpt-To: <ali@customer.example>\n"), "", [WHO, "ali@customer.example"])
    add("arf-blackened", "complaint", arf("abuse", more="Original-Rcpt-To: <redacted>\n"))
    add("arf-fraud", "complaint", arf("fraud"))
    add("arf-capitals", "complaint", arf("Abuse", agent="Yahoo!-Mail-Feedback/2.0"))
    add("arf-headers-only", "complaint", arf("abuse", returned_type="text/rfc822-headers"))
    add("arf-comment", "complaint", arf("abuse (spam)"))
    add("arf-opt-out", "opt_out", arf("opt-out", more=f"Removal-Recipient: <{WHO}>\n"), "", [WHO])
    add("arf-not-spam", "not_spam", arf("not-spam"))
    add("arf-virus", "unknown", arf("virus"))
    add("arf-auth-failure", "unknown", arf("auth-failure", more="Auth-Failure: dmarc\n"))
    add("arf-new-kind", "unknown", arf("something-new"))
    add("jmrp", "complaint", (head("staff@hotmail.example", "complaint about message from 192.0.2.1", f"X-HmXmrOriginalRecipient: {WHO}\n")
                              + "Content-Type: message/rfc822\n\n" + returned() + "\nBuy!\n"))


# ---- broken MIME -------------------------------------------------------------------------------------------------------------

def broken():
    good = report("MAILER-DAEMON@mx.example", "Undelivered Mail", f"<{WHO}>: 550 5.1.1 no such user\n", fields_of("mx.example", failed(WHO, "5.1.1")))
    add("broken-no-boundary-parameter", "hard", good.replace(b' boundary="=_b0undary"', b""), "", [WHO])
    add("broken-wrong-boundary", "hard", good.replace(b'boundary="=_b0undary"', b'boundary="other"'), "", [WHO])
    add("broken-cut-in-status", "hard", good[:good.index(b"Status: 5.1.1") + 14], "", [WHO])
    add("broken-no-content-type", "hard", good.replace(b"Content-Type: multipart/report", b"X-Type: multipart/report"), "", [WHO])
    add("broken-foreign-charset", "hard", good.replace(b"charset=us-ascii", b"charset=x-nobody-knows"), "", [WHO])
    add("broken-bad-base64", "hard", good.replace(b"Content-Transfer-Encoding: 7bit", b"Content-Transfer-Encoding: base64", 1), "", [WHO])
    add("broken-nul-bytes", "hard", good.replace(b"This is a MIME", b"\0\0This is a MIME"), "", [WHO])
    add("broken-latin-in-head", "hard", good.replace(b"Subject: Undelivered Mail", b"Subject: Unzustellbare Nachricht f\xfcr \xe4\xf6"), "", [WHO])
    add("broken-mbox-line", "hard", b"From MAILER-DAEMON Mon Nov 30 11:00:00 2026\n" + good, "", [WHO])
    add("broken-cr-lf-mixed", "hard", good.replace(b"\nAction: failed\n", b"\r\nAction: failed\r\n"), "", [WHO])
    add("broken-double-head", "hard", good.replace(b"MIME-Version: 1.0\n", b"MIME-Version: 1.0\nMIME-Version: 1.0\nTo: other@x.example\n", 1), "", [WHO])
    add("broken-long-status-line", "hard", good.replace(b"Status: 5.1.1", b"Status: 5.1.1 " + b"x" * 3000), "", [WHO])


for make in (dsn_matrix, dsn_oddities, texts, answers, people, complaints, broken):
    make()


def write(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (folder / f"{case.name}.eml").write_bytes(case.mail)
    labels = {case.name: {"kind": case.kind, "blame": case.blame, "about": list(case.about)} for case in CASES}
    (folder / "labels.json").write_text(json.dumps(labels, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    write(sys.argv[1])
    print(len(CASES), "mails")
