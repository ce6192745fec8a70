#!/usr/bin/perl
# A second SMSC for the tests, on Net::SMPP: one session, every submit is taken and reported as delivered.
#   net_smpp.pl        prints its port, then a line for each PDU it reads
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, async => 1) or die "listening: $!";
print $listener->sockport, "\n";
my ($next, $receipts) = (41, 0);
while (my $session = $listener->accept) {
    ${*$session}{async} = 1;
    while (my $pdu = $session->read_pdu) {
        my $command = $pdu->{cmd};
        my $sequence = $pdu->{seq};
        if ($command == Net::SMPP::CMD_bind_transceiver) {
            print "bind $pdu->{system_id} $pdu->{password}\n";
            $session->bind_transceiver_resp(system_id => 'perl', seq => $sequence);
        } elsif ($command == Net::SMPP::CMD_submit_sm) {
            my $id = ++$next;
            print join(' ', 'submit', $pdu->{destination_addr}, $pdu->{data_coding}, $pdu->{esm_class},
                unpack('H*', $pdu->{short_message})), "\n";
            $session->submit_sm_resp(message_id => sprintf('%08x', $id), seq => $sequence);
            $session->deliver_sm(source_addr => $pdu->{destination_addr}, destination_addr => $pdu->{source_addr},
                esm_class => 4, short_message => "id:$id sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 "
                    . 'stat:DELIVRD err:000 text:');
        } elsif ($command == Net::SMPP::CMD_enquire_link) {
            $session->enquire_link_resp(seq => $sequence);
        } elsif ($command == Net::SMPP::CMD_deliver_sm_resp) {
            print 'receipt ', ++$receipts, " $pdu->{status}\n";
        } elsif ($command == Net::SMPP::CMD_unbind) {
            print "unbind\n";
            $session->unbind_resp(seq => $sequence);
            last;
        } else {
            print "other $command\n";
        }
    }
    close $session;
}
