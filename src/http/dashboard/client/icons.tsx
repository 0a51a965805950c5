/** @jsxImportSource preact */
/** Line drawings for the navigation, each of 24 by 24. */

const drawings = {
  overview: "M3 12h4l3-7 4 14 3-7h4",
  brokers: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01",
  topics: "M4 6h16M4 12h16M4 18h10",
  groups:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.6-4 3-6 6.5-6s5.900 2 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.300M18.500 14.800c1.700.9 2.700 2.600 3 5.200",
  flow: "M3 6c7 0 7 6 18 6M3 18c7 0 7-6 18-6M3 12h18",
  quorum: "M12 3l7.800 4.500v9L12 21l-7.800-4.500v-9zM12 12v9M12 12l7.800-4.500M12 12L4.200 7.500",
  laboratory:
    "M9 3h6M10 3v6l-5.500 9.500A1.700 1.700 0 0 0 6 21h12a1.700 1.700 0 0 0 1.500-2.500L14 9V3M7.500 15h9",
  sun:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M5 5l1.700 1.700M17.300 17.300L19 19M5 19l1.700-1.700M17.300 6.700L19 5",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  system: "M3 5h18v11H3zM9 20h6M12 16v4",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={drawings[name]} />
    </svg>
  );
}
