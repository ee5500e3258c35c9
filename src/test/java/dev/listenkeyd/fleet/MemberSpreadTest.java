package dev.listenkeyd.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shares of members, and what they give to come to them. */
class MemberSpreadTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void sharesSumUpToAllLeasesAndFollowTheWeights(long seed) {
        Random dice = new Random(seed);
        for (int step = 0; step < 500; step++) {
            int unowned = dice.nextInt(100);
            List<Member> members = IntStream.rangeClosed(0, dice.nextInt(5))
                    .mapToObj(i -> member(i, dice.nextInt(5000), dice.nextInt(4) == 0 ? 0 : 1 + dice.nextInt(300)))
                    .toList();
            int leases = unowned + members.stream().mapToInt(Member::leases).sum();
            int weight = members.stream().mapToInt(Member::weight).sum();
            Spread spread = new Spread(members, unowned);

            assertThat(members.stream()
                            .mapToInt(member -> spread.share(member.id()))
                            .sum())
                    .isEqualTo(leases);
            for (Member member : members) {
                double exact =
                        weight == 0 ? (double) leases / members.size() : (double) leases * member.weight() / weight;
                assertThat((double) spread.share(member.id()))
                        .isBetween(exact - members.size(), exact + members.size());
            }
        }
    }

    @Test
    void whoMayNotCallHasNoShareAndGivesAllThatItMay() {
        Member banned = member(0, 500, 0);
        Spread spread = new Spread(List.of(banned, member(1, 500, 200), member(2, 500, 200)), 0);

        assertThat(spread.share("m0")).isZero();
        assertThat(spread.gifts(banned)).isEqualTo(Map.of("m1", 250, "m2", 250));
    }

    @Test
    void equalSharesWhileNobodyMayCallAndNothingIsGiven() {
        Member first = member(0, 10, 0);
        Spread spread = new Spread(List.of(first, member(1, 10, 0)), 0);

        assertThat(spread.share("m0")).isEqualTo(10);
        assertThat(spread.gifts(first)).isEmpty();
    }

    @Test
    void nobodyGivesWhileOnlyUnownedLeasesAreMissingSomewhere() {
        Member full = member(0, 5, 200);
        Spread spread = new Spread(List.of(full, member(1, 0, 200)), 5);

        assertThat(spread.gifts(full)).isEmpty();
    }

    /** With few leases a share is small, too: a replica that comes back must not stay without any. */
    @Test
    void fewLeasesAreSpreadToo() {
        Member all = member(0, 5, 200);

        assertThat(new Spread(List.of(all, member(1, 0, 200)), 0).gifts(all)).isEqualTo(Map.of("m1", 2));
    }

    @Test
    void aLittleMoreThanTheShareStays() {
        Member more = member(0, 1010, 200);

        assertThat(new Spread(List.of(more, member(1, 990, 200)), 0).gifts(more))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void giftsOfAllComeToTheSharesAndThenStop(int count) {
        Random dice = new Random(count);
        for (int run = 0; run < 20; run++) {
            List<Member> members = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                members.add(member(i, dice.nextInt(3000), 1 + dice.nextInt(300)));
            }
            int beats = beatsUntilCalm(members);

            assertThat(beats).as("%s", members).isLessThan(60);
            for (Member member : members) {
                int share = new Spread(members, 0).share(member.id());
                assertThat(member.leases()).isBetween(share - count * (2 + 3000 * count / 50), share + 2 + share / 50);
            }
        }
    }

    @Test
    void aNewMemberAmongThreeWith12000LeasesGetsItsShareWithinAMinuteAndNoBurst() {
        List<Member> members = new ArrayList<>(
                List.of(member(0, 4000, 200), member(1, 4000, 200), member(2, 4000, 200), member(3, 0, 200)));
        int before = 0;
        int beats = 0;
        while (members.get(3).leases() < 2900) {
            beat(members);
            assertThat(members.get(3).leases() - before).isLessThanOrEqualTo(3 * Spread.GIVEN_AT_ONCE);
            before = members.get(3).leases();
            assertThat(++beats).isLessThan(60);
        }
        assertThat(beatsUntilCalm(members)).isLessThan(10);
    }

    private static int beatsUntilCalm(List<Member> members) {
        int beats = 0;
        while (beat(members) && beats < 1000) {
            beats++;
        }
        return beats;
    }

    /** All members beat once, each by the same reports; returns whether anything was given. */
    private static boolean beat(List<Member> members) {
        Spread spread = new Spread(List.copyOf(members), 0);
        boolean gave = false;
        int[] leases = members.stream().mapToInt(Member::leases).toArray();
        for (int i = 0; i < leases.length; i++) {
            for (Map.Entry<String, Integer> gift : spread.gifts(members.get(i)).entrySet()) {
                leases[i] -= gift.getValue();
                leases[Integer.parseInt(gift.getKey().substring(1))] += gift.getValue();
                gave = true;
            }
        }
        for (int i = 0; i < leases.length; i++) {
            members.set(i, member(i, leases[i], members.get(i).weight()));
        }
        return gave;
    }

    private static Member member(int number, int leases, int weight) {
        return new Member("m" + number, "replica " + number, Instant.EPOCH, Instant.EPOCH, leases, weight);
    }
}
